"""Where the server listens, and who may speak to it."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from dataclasses import dataclass, field

from bimodal.errors import BimodalError

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LEAST_TOKEN = 16


@dataclass(frozen=True)
class Address:
    """A host, a port and, where others can reach it, a token.

    Parameters
    ----------
    host
        Where it listens.
    port
        0 takes a free one.
    token
        What a visitor must show; empty on this machine alone.

    Raises
    ------
    BimodalError
        Others could reach it without a token, or the token is short.

    Examples
    --------
    >>> Address("127.0.0.1", 8765).knows_host("evil.example:8765")
    False
    """

    host: str
    port: int
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.loopback and not self.token:
            raise BimodalError("others could reach this server", where=f"--host {self.host}", fix="add --token")
        if self.token and len(self.token) < _LEAST_TOKEN:
            raise BimodalError(f"a token has at least {_LEAST_TOKEN} letters", where="BIMODAL_TOKEN")
        if self.token and not self.token.isascii():
            raise BimodalError("a token is of ASCII letters", where="BIMODAL_TOKEN")

    @property
    def loopback(self) -> bool:
        """Whether this machine alone can reach it."""
        return self.host in _LOOPBACK

    @property
    def link(self) -> str:
        """The address to open, with the token."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/" + (f"?token={self.token}" if self.token else "")

    def knows_host(self, header: str) -> bool:
        """Tell whether a request names this server: a page whose name was bent to this address names another."""
        name = _host_name(header)
        if name in _LOOPBACK:
            return True
        if self.loopback:
            return False
        return name in {self.host.lower(), socket.gethostname().lower()} or _is_number(name)

    def admits(self, shown: str) -> bool:
        """Tell whether what a visitor shows is the token."""
        return not self.token or hmac.compare_digest(shown.encode("utf-8", "replace"), self.token.encode())


def own_origin(origin: str, host: str) -> bool:
    """Tell whether a page of this server asks, and not another page in the same browser.

    Examples
    --------
    >>> own_origin("http://127.0.0.1:8765", "127.0.0.1:8765"), own_origin("http://127.0.0.1:3000", "127.0.0.1:8765")
    (True, False)
    """
    return origin.lower() in {f"{scheme}://{host.lower()}" for scheme in ("http", "https")}


def new_token() -> str:
    """Draw a token that nobody can guess.

    Examples
    --------
    >>> len(new_token()) >= 32
    True
    """
    return secrets.token_urlsafe(24)


def _host_name(header: str) -> str:
    text = header.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0]


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
