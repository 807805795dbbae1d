"""Fill the figures of docs/oncology-fit.md from what ``benchmarks/oncology.py`` and ``bimodal fit oncology`` wrote.

Run ``python benchmarks/oncology_page.py`` after ``ship``, ``fresh``, ``structure`` and ``arms``. Text between
``<!-- NAME -->`` and ``<!-- /NAME -->`` is replaced; everything else on the page is written by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bimodal.files.write import write_text
from bimodal.fit.oncology.parameters import PARAMETERS

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "oncology-fit.md"
#: Share of complete responses after one dose above which the page says so first.
CURED = 0.03
#: Probability below which what was seen is unlikely in the model.
UNLIKELY = 0.1
#: Patients of infusion-1994.
INFUSED = {"melanoma": 15, "renal": 8}
Rows = list[dict[str, Any]]


def rows_of(name: str) -> Rows:
    """Read the rows of a result."""
    found: Rows = json.loads((HERE / "results" / f"oncology_{name}.json").read_text(encoding="utf-8"))["rows"]
    return found


def misses() -> str:
    """List the targets missed with people the fit has not seen."""
    said: list[str] = []
    rows = [row for row in rows_of("fresh") if row["id"]]
    for role, words in (("calibration", "Fitted"), ("context", "Only compared")):
        own = [row for row in rows if row["role"] == role]
        missed = "; ".join(
            f"`{r['id']}` {r['quantity']} {r['simulated']:.3g} (published {r['published']:.3g}, {r['lower']:.3g} to "
            f"{r['upper']:.3g}; ensemble {r['smallest']:.3g} to {r['largest']:.3g})"
            for r in own
            if not r["within"]
        )
        inside = sum(r["within"] for r in own)
        said.append(f"{words}: {missed or 'none'}; {inside} of {len(own)} lie inside.")
    return "**Missed targets, with new virtual patients.** " + " ".join(said)


def foot() -> str:
    """Say what the ensemble makes of low doses, and of time to complete response; what is wrong comes first."""
    fresh = {row["quantity"]: row for row in rows_of("fresh")}
    arms = {row["arm"]: row for row in rows_of("arms")}
    single, infusion = arms["a single dose of 600 kIU/kg"], arms["1.8 MIU/m2/d by infusion, 3 of 6 weeks, 4 times"]
    high, low, apart = (fresh[f"renal.orr_{name}"] for name in ("high", "low", "high_low"))
    cured = [max(m, r) for m, r in zip(single["melanoma_cr"], single["renal_cr"], strict=True)]
    held = [
        all(row["lower"] <= value <= row["upper"] for row, value in zip((high, low, apart), values, strict=True))
        for values in zip(high["sets"], low["sets"], apart["sets"], strict=True)
    ]
    none = [
        (1.0 - m) ** INFUSED["melanoma"] * (1.0 - r) ** INFUSED["renal"]
        for m, r in zip(infusion["melanoma_orr"], infusion["renal_orr"], strict=True)
    ]
    over = sum(one >= CURED for one in cured)
    lines = [
        f"- **A single dose of 600 kIU/kg** gives complete responses in {_range(single['melanoma_cr'])} % (melanoma) "
        f"and {_range(single['renal_cr'])} % (renal cancer); "
        + (f"**{over} of {len(cured)} sets still let it cure 3 %**." if over else "no set lets it cure 3 %."),
        f"- **Yang 2003**: {_range(high['sets'])} % at 720 and {_range(low['sets'])} % at 72 kIU/kg, apart by "
        f"{_range(apart['sets'])} points; both inside their intervals and 3 to 13 points apart in {sum(held)} of "
        f"{len(held)} sets.",
        f"- **No response in 23 by 1.8 MIU/m2/d** has probability {_range(none)} % in the model"
        + ("; **that is unlikely**." if none[0] < UNLIKELY else "."),
    ]
    for cancer, words in (("melanoma", "melanoma"), ("renal", "renal cancer")):
        early, middle, late = (fresh[f"{cancer}.cr_months_{q}"] for q in (10, 50, 90))
        lines.append(
            f"- **Months to complete response** in {words}: median {middle['simulated']:.1f} ({middle['smallest']:.1f} "
            f"to {middle['largest']:.1f} over the ensemble), from {early['simulated']:.1f} to {late['simulated']:.1f} "
            "in the middle 80 % of complete responders."
        )
    return "\n".join(lines)


def parameters() -> str:
    """Tabulate parameters: best, ensemble, prior, and how far the figures narrow them."""
    fit = json.loads((HERE / "results" / "oncology_fit.json").read_text(encoding="utf-8"))
    lines = [
        "| parameter | best | ensemble | prior centre | posterior SD / prior SD |",
        "|---|---|---|---|---|",
    ]
    for parameter in PARAMETERS:
        own = [one["values"][parameter.id] for one in fit["sets"]]
        lines.append(
            f"| `{parameter.id}` ({parameter.unit}) | {own[0]:.3g} | {min(own):.3g} to {max(own):.3g} | "
            f"{parameter.centre:.3g} | {fit['pinned'][parameter.id]:.2f} |"
        )
    return "\n".join(lines)


def tables(name: str) -> str:
    """Take the tables of a result as they are."""
    text = (HERE / "results" / f"oncology_{name}.md").read_text(encoding="utf-8")
    return "\n\n".join(re.findall(r"(?m)(?:^\|.*\n?)+", text)).strip().replace("\n\n\n", "\n\n")


SECTIONS: dict[str, Callable[[], str]] = {
    "misses": misses,
    "foot": foot,
    "targets": lambda: tables("fresh"),
    "parameters": parameters,
    "structures": lambda: tables("structure"),
    "arms": lambda: tables("arms"),
}


def _range(values: list[float]) -> str:
    first, low, high = 100 * values[0], 100 * min(values), 100 * max(values)
    return f"{first:.1f} [{low:.1f} to {high:.1f}]"


def main() -> None:
    """Fill the page."""
    text = PAGE.read_text(encoding="utf-8")
    for name, section in SECTIONS.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, rest = text.split(start)
        text = before + start + section() + "\n" + end + rest.split(end)[1]
    write_text(PAGE, text)


if __name__ == "__main__":
    main()
