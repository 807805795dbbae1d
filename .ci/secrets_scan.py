"""Looks for keys and passwords in the files of the repository, by the shapes their issuers gave them.

    python .ci/secrets_scan.py

Exit code 1 with file and line if there is one; what was found is not printed. The shapes are those of the issuers' own
documentation. A scanner was tried in its place: detect-secrets 1.5.0, whose last release is of May 2024, took 41 s of
processor even without its guesses by entropy (which take every fingerprint for a key), and found nothing more.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SHAPES = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "a key of AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b",
    "a token of GitLab": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "a token of PyPI": r"\bpypi-AgE[A-Za-z0-9_-]{50,}",
    "a token of npm": r"\bnpm_[A-Za-z0-9]{36}\b",
    "a token of Slack": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    "a key of Google": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "a key of OpenAI or Anthropic": r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}",
    "a key of Stripe": r"\b[rs]k_live_[A-Za-z0-9]{20,}",
    "a token of Hugging Face": r"\bhf_[A-Za-z]{34}\b",
    "a web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "a password in an address": r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"<>{}]+:[^\s/:@'\"<>{}]{3,}@[A-Za-z0-9]",
    "a password": r"(?i)\b(?:password|passwd|secret_key|api_key|access_token)\s*[:=]\s*['\"][^'\"\s{}]{8,}['\"]",
}
_ANY = [(what, re.compile(shape)) for what, shape in SHAPES.items()]


def secrets(text: str) -> Iterator[tuple[int, str]]:
    """Give the line of each secret, and what it is."""
    for what, shape in _ANY:
        for found in shape.finditer(text):
            yield text.count("\n", 0, found.start()) + 1, what


def main() -> int:
    """Look through every file that git knows."""
    root = Path(__file__).parents[1]
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False)
    if listed.returncode:
        print("secret scan: not run, this is no checkout of git")
        return 0
    names = [name for name in listed.stdout.decode().split("\0") if name and (root / name).is_file()]
    count = 0
    for name in names:
        for line, what in secrets((root / name).read_text("utf-8", errors="replace")):
            print(f"{name}:{line}: this looks like {what}")
            count += 1
    print(f"secret scan: {len(names)} files, {count} found")
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main())
