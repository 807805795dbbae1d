"""Switch off one mechanism of the human model at a time, without refitting: which published results then break.

    python benchmarks/ablation.py [--out benchmarks/results]

Every calibration study is run on the median person of its cohort, with the difference between a population and its
median person carried over as in ``bimodal fit human``. A mechanism that moves no target by 2 % is listed as such.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from bimodal.evidence.band import band
from bimodal.fit.human.human import HumanData, human_data, with_offsets
from provenance import provenance

#: Mechanism -> rows of the table that turn it off.
CELLS = ("treg", "tconv", "cd8", "nk_bright", "nk_dim")
OFF: dict[str, dict[str, float]] = {
    "uptake by receptors (the sink)": {"accessible_t": 1e-9, "accessible_nk": 1e-9},
    "growth of the sink (receptors of NK bright)": {"nk_bright_alpha_rest": 22.0},
    "CD25 induced by signal": {f"{cell}_induction": 1e-9 for cell in CELLS},
    "beta lost with complexes (stripping)": {"beta_loss_fraction": 1e-6},
    "margination": {"margination_signal": 1e-9, "margination_alarm": 1e-9},
    "loss of Treg without signal": {"treg_withdrawal_loss": 1e-9},
    "the niche of CD56bright NK cells": {"niche_il2": 1e-12},
    "CD25 of Treg that stays": {"treg_cd25_persistence": 1.0},
    "long-lived helper cells": {"tconv_long_lived_share": 1e-9},
    "density limit": {f"{cell}_capacity": 1e6 for cell in CELLS},
    "memory of signal (1 h instead of 12 to 36)": {f"{cell}_memory_time": 1.0 for cell in CELLS},
    "smaller share of a larger depot": {"sc_half_amount": 1e9},
    "maturation of NK bright into dim": {"maturation_fraction": 1e-9},
    "feedback of pSTAT5 (off as shipped; here on)": {"feedback_strength": 0.2},
}
MOVED = 0.02


def inside(data: HumanData, values: np.ndarray) -> list[bool | None]:
    """Say which targets lie in their band, or have their sign and least size."""
    out: list[bool | None] = []
    for target, value in zip(data.targets, values.tolist(), strict=True):
        ends = band(target)
        size = value * (1 if target.published > 0 else -1)
        out.append(size > 0 and size >= target.least if ends is None else bool(ends[0] <= value <= ends[1]))
    return out


def main() -> None:
    """Run all switches and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--patients", type=int, default=200)
    options = parser.parse_args()
    data = human_data()
    data = with_offsets(data, data.shipped, patients=options.patients, workers=2)
    table = data.solver.table.values()
    base = data.simulate(("clearance",), np.array([[table["clearance"]]]))[0]
    kept = inside(data, base)
    rows = []
    for mechanism, rows_off in OFF.items():
        values = data.simulate(tuple(rows_off), np.array([list(rows_off.values())]))[0]
        with np.errstate(all="ignore"):
            moved = np.abs(values - base) / np.maximum(np.abs(base), 1e-12)
        broken = [
            f"{target.study} {target.id} ({a:.3g} -> {b:.3g})"
            for target, a, b, was, now in zip(data.targets, base, values, kept, inside(data, values), strict=True)
            if was and not now
        ]
        rows.append({"mechanism": mechanism, "off": rows_off, "moved": int((moved > MOVED).sum()), "broken": broken})
        print(f"{mechanism}: moves {rows[-1]['moved']} of {len(base)} targets, breaks {len(broken)}", flush=True)
    about = provenance(patients=options.patients, targets=len(base))
    (options.out / "ablation.json").write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    lines = [
        "# One mechanism off at a time, no refit",
        "",
        f"Commit {about['commit']}, `{about['command']}`; {len(base)} calibration targets, {sum(map(bool, kept))} met.",
        "",
        f"| mechanism off | targets moved by more than {100 * MOVED:g} % | met before, missed now |",
        "|---|---|---|",
        *(f"| {row['mechanism']} | {row['moved']} | {'; '.join(row['broken']) or 'none'} |" for row in rows),
    ]
    (options.out / "ablation.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
