"""What of a finished job can be fetched: fixed names, so that no word of a visitor becomes a path."""

from __future__ import annotations

from pathlib import Path

_FILES = {
    "study.toml": ("study.toml", "application/toml"),
    "summary.json": ("run/summary.json", "application/json"),
    "endpoints.csv": ("endpoints.csv", "text/csv"),
    "patients.csv": ("patients.csv", "text/csv"),
    "contrasts.csv": ("run/contrasts.csv", "text/csv"),
    "report.html": ("run/report.html", "text/html"),
}
_FIGURES = Path("run") / "figures"


def result_files(folder: Path) -> list[str]:
    """Name the files of a job that are there."""
    return [name for name, (place, _) in _FILES.items() if (folder / place).is_file()]


def figure_files(folder: Path) -> list[str]:
    """Name the figures of a job that are there."""
    place = folder / _FIGURES
    return sorted(file.name for file in place.iterdir() if file.suffix == ".svg") if place.is_dir() else []


def result_file(folder: Path, name: str) -> tuple[Path, str] | None:
    """Find a file or figure of a job, and say what it is; None if it is not one of those that are there."""
    if name in result_files(folder):
        place, kind = _FILES[name]
        return folder / place, kind
    if name in figure_files(folder):
        return folder / _FIGURES / name, "image/svg+xml"
    return None
