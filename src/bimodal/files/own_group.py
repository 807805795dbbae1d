"""How a process is started that Ctrl-C on the terminal shall not reach."""

from __future__ import annotations

import os
from typing import Any

_NEW_PROCESS_GROUP = 0x200  # CREATE_NEW_PROCESS_GROUP, which Python names on Windows alone


def own_group(system: str = os.name) -> dict[str, Any]:
    """Give what `subprocess.Popen` is asked beside the command; who starts the process then has to end it.

    Parameters
    ----------
    system
        As `os.name` calls it.

    Examples
    --------
    >>> own_group("posix"), own_group("nt")
    ({'start_new_session': True}, {'creationflags': 512})
    """
    return {"start_new_session": True} if system == "posix" else {"creationflags": _NEW_PROCESS_GROUP}
