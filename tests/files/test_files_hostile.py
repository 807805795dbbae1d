"""Files made to keep a reader busy: each is answered in words within two seconds of processor."""

from __future__ import annotations

from pathlib import Path

import pytest

from bimodal.errors import BimodalError
from bimodal.study import parse_study
from cpu import bounded

STUDY = 'name = "x"\n[population]\ncohort = "healthy"\n[[arm]]\nname = "a"\nregimen = "none"\n'
_N = 300_000
BUSY = {
    "unknown keys": STUDY + "".join(f"k{k} = 1\n" for k in range(40_000)),
    "unknown tables": STUDY + "".join(f"[t{k}]\n" for k in range(40_000)),
    "empty arms": STUDY + "[[arm]]\n" * 40_000,
    "arms of unknown keys": STUDY + "[[arm]]\nq = 1\n" * 20_000,
    "wrong days": STUDY + '[[endpoint]]\nid = "treg_fold"\ndays = [' + '"q", ' * 40_000 + "]\n",
    "more values than anybody writes": STUDY + "x = [" + "1, " * 60_000 + "]\n",
    "blank header": f"[{' ' * _N}\n{STUDY}",
    "blank header and a fault": f"{STUDY}[{' ' * _N}arm{' ' * _N}]\nx = 1\n",
    "blank header without an end": f"{STUDY}[{' ' * _N}arm{' ' * _N}.\nx = 1\n",
    "blank key": f"{STUDY}{' ' * _N}x{' ' * _N}= 1\n",
    "blank behind a number": f"{STUDY}x = 1{'1' * 4000}{' ' * _N}!\n",
    "dots": f"{STUDY}{'.'.join('a' * 100_000)} = 1\n",
    "dots and quotes": STUDY + ".".join(['"\\""'] * 100_000) + " = 1\n",
    "decimal digits": f"{STUDY}x = {'1' * _N}\n",
    "hexadecimal digits": f"{STUDY}x = 0x{'f' * _N}\n",
    "octal digits": f"{STUDY}x = 0o{'7' * _N}\n",
    "brackets": f"{STUDY}x = {'[' * 100_000}",
    "open string": STUDY + 'x = """' + '"" ' * 200_000,
    "long name": STUDY.replace('"a"', f'"{"a" * 900_000}"'),
}


@pytest.mark.parametrize("text", BUSY.values(), ids=BUSY)
def test_it_is_answered_in_words_soon(text: str) -> None:
    with bounded(200), pytest.raises(BimodalError) as caught:
        parse_study(text, where="x.toml")
    message = str(caught.value)
    assert "x.toml" in message
    assert len(message) < 10_000


def test_of_many_faults_the_lines_are_right_and_the_rest_counted() -> None:
    text = STUDY + "".join(f"k{k} = 1\n" for k in range(1000))
    with pytest.raises(BimodalError) as caught:
        parse_study(text, where="x.toml")
    message = str(caught.value)
    assert "999 more faults" in message
    assert "and 980 that are not listed" in message
    assert all(f"'arm[1].k{k}'\n" in message and f"line {7 + k}\n" in message for k in range(20))


def test_a_key_that_would_steer_the_terminal_is_written_out(tmp_path: Path) -> None:
    with pytest.raises(BimodalError) as caught:
        parse_study(STUDY + '"\\u001b[31mq\\u202e\\r" = 1\n', where="a\x1b]0;b\x07.toml")
    message = str(caught.value)
    assert "arm[1].\\x1b[31mq\\u202e\\r" in message
    assert "a\\x1b]0;b\\x07.toml" in message
    assert not any(letter in message for letter in "\x1b\r\x07\u202e")
