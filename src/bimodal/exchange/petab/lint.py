"""What the library of PEtab itself says of a problem."""

from __future__ import annotations

import logging
from pathlib import Path

from bimodal.errors import PetabError
from bimodal.exchange.petab.files import find_files


def lint_petab(path: Path) -> tuple[str, ...]:
    """Let the library `petab` check a problem.

    Parameters
    ----------
    path
        Its YAML file.

    Returns
    -------
    tuple of str
        Its remarks; none where it has nothing to say.

    Raises
    ------
    PetabError
        The library is not installed, or the file is no PEtab problem.
    """
    files = find_files(path)
    try:
        import petab.v1
        import petab.v1.lint
        import petab.v2.lint
    except ImportError:
        raise PetabError(
            "the library 'petab' is not installed, so it cannot check the problem", fix="pip install 'bimodal[petab]'"
        ) from None
    if files.version == 2:
        return tuple(str(issue.message) for issue in petab.v2.lint.lint_problem(path))
    heard: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    listener, log = Listener(logging.ERROR), logging.getLogger("petab.v1.lint")
    log.addHandler(listener)
    try:
        wrong = petab.v1.lint.lint_problem(petab.v1.Problem.from_yaml(path))
    finally:
        log.removeHandler(listener)
    return tuple(heard or ["the library refuses the problem"]) if wrong else ()
