"""Changes of a table of cells, and of a line of words: columns, rows, units, dates out of range, other separators."""

from __future__ import annotations

import random
import re

from fuzz.mutate import NUMBERS, WORDS

_CELLS = (
    *NUMBERS, *WORDS, "", " ", "NA", "n/a", "<0.5", ">300", "1,5", "1.234,5", "1 000", "1e3", "%", "mg/L", "mg/dL",
    "ug/mL", "nM", "MIU", "IU/kg", "stone", "2026-02-30T08:00+01", "0001-01-01T00:00+00", "9999-12-31T23:59+14",
    "31.02.2026", "2026-01-01", "2026-01-01T25:00Z", "2026-01-01T08:00", "12/31/2026", "1/1/1", "-1", "crp", "dose",
    "infection", "sc", "iv", "canary.txt", "=cmd|' /C calc'!A0", "@SUM(1)", "Anna Schmidt", "1970-05-12", "a" * 5000,
    "é" * 300,
)  # fmt: skip
#: Words or rows of an input, about.
_MOST = 5_000
_TOKEN = re.compile(r"\s+|[A-Za-z_]\w*|\d+\.?\d*(?:e[+-]?\d+)?|.", re.DOTALL)
_SAYINGS = (
    "for", "weeks", "then", "rest", "repeat", "x", "SC", "IV", "bolus", "over", "min", "q8h", "q3d", "daily", "weekly",
    "bid", "on", "days", "1-5", "of", "7", "at", "MIU/m2", "IU/kg", "mg", "ng/kg", "every", "hours", "until", "once",
    "none", "load", "hold", "stop", "reduce", "by", "%", "if", ">=", "<", "and", "or", "not", "visits", "skip",
    "escalate", "titrate", "to", "restart", "resume", "rescue", "start", "switch", "times", "lowest", "between", "day",
    "cycle", "after", "holds", "most", "fold", "treg_fold", "tox_index", "nk_fold", "maximise", "minimise", "peak",
    "mean", "area", "(", ")", "-", "^", "/", "*", ",", "piecewise", "exp", "log", "min", "&&", "||", "!", "0", "1e308",
    "1e-320", "9" * 30, "select", "from", "patients",
)  # fmt: skip


def change_table(text: str, chance: random.Random) -> str:
    """Change a table of comma, semicolon or tab separated cells."""
    mark = max(("\t", ";", ","), key=text.partition("\n")[0].count)
    rows = [line.split(mark) for line in text.split("\n")]
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        row, column = chance.choice(rows), chance.randrange(max(len(rows[0]), 1))
        kind = chance.randrange(9)
        if kind <= 2 and row:
            row[min(column, len(row) - 1)] = chance.choice(_CELLS)
        elif kind == 3 and row:
            other = chance.choice([cell for cells in rows for cell in cells])
            row[min(column, len(row) - 1)] = other
        elif kind == 4:
            rows.insert(chance.choice((0, len(rows))), list(row))
        elif kind == 5 and len(rows) < _MOST:
            rows += [list(row) for _ in range(chance.choice((1, 30, 1000)))]
        elif kind == 6:
            for cells in rows:  # a column gone, or twice
                if column < len(cells):
                    cells[column : column + 1] = chance.choice(([], cells[column : column + 1] * 2))
        elif kind == 7 and len(rows) > 1:
            rows.remove(row)
        elif kind == 8:
            mark = chance.choice((",", ";", "\t", "|", " "))
    quote = '"' if chance.random() < 0.1 else ""
    return chance.choice(("\n", "\n", "\n", "\r\n", "\r")).join(
        mark.join(f"{quote}{cell}{quote}" for cell in cells) for cells in rows
    )


def change_words(text: str, chance: random.Random) -> str:
    """Change a line by its words: gone, twice, exchanged, or others of one of the grammars."""
    words = _TOKEN.findall(text)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        if not words:
            break
        place, other = chance.randrange(len(words)), chance.randrange(len(words))
        kind = chance.randrange(6)
        if kind == 0:
            del words[place]
        elif kind == 1:
            words.insert(place, words[other])
        elif kind == 2:
            words[place], words[other] = words[other], words[place]
        elif kind == 3:
            words[place] = chance.choice(_SAYINGS)
        elif kind == 4:
            words[place:place] = [" ", chance.choice(_SAYINGS), " "]
        else:
            low, high = sorted((place, other))
            times = chance.choice((2, 2, 20, 200))
            words[low:high] = words[low:high] * (times if (high - low) * times < _MOST else 1)
    return "".join(words)
