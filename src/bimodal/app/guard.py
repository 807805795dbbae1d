"""Stands before every page and call: host, origin and token are checked, and answers say what a browser may do."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bimodal.app.address import Address, own_origin

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


class Guard:
    """An ASGI layer that refuses whoever has no business here.

    Parameters
    ----------
    app
        What is behind it.
    address
        Whose names and token count.
    """

    def __init__(self, app: ASGIApp, address: Address) -> None:
        self._app = app
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refuse(scope)
        await (self._app if answer is None else answer)(scope, receive, dressed)

    def _refuse(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._address.knows_host(host):
            return refusal(421, "this server does not go by that name: open the address that it printed")
        origin = headers.get("origin")
        if origin is not None and not own_origin(origin, host):
            return refusal(403, "another page may not ask this server")
        site = headers.get("sec-fetch-site", "none")
        if scope["method"] not in ("GET", "HEAD") and site not in ("same-origin", "none"):
            return refusal(403, "another page may not ask this server")
        return self._without_token(scope, headers)

    def _without_token(self, scope: Scope, headers: Headers) -> Response | None:
        address = self._address
        if not address.token:
            return None
        cookie = f"bimodal_{address.port}"
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and address.admits(bearer.strip()):
            return None
        if address.admits(_cookie(headers.get("cookie", ""), cookie)):
            return None
        shown = QueryParams(scope["query_string"]).get("token")
        if scope["path"] == "/" and scope["method"] == "GET" and shown is not None and address.admits(shown):
            # out of the address bar and the history: from here on the cookie speaks
            answer = RedirectResponse("/", status_code=303)
            answer.set_cookie(cookie, address.token, httponly=True, samesite="strict", path="/")
            return answer
        return refusal(401, "this server asks for its token: open the whole address that it printed")


def refusal(status: int, words: str) -> Response:
    """Answer with words for a person."""
    return JSONResponse({"error": words}, status_code=status)


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return "" if found is None else found.value
