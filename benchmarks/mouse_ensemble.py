"""Draw parameter sets of the mouse from priors and keep those that fit the numbers there are.

    python benchmarks/mouse_ensemble.py [--draws 40000] [--keep 200] [--seed 1] [--write]

Nothing is tuned: a set is kept where every number of `HELD` lies in its band, and dropped otherwise. The tissue is
drawn again for each kept set until a disease that nobody treats goes on, as `DISEASE` says, or the set is dropped after
`TRIES`. All that is printed of signs (which complex does what, genotypes, diseases) is asked of the kept sets
afterwards by the studies. With ``--write`` the kept sets go to ``src/bimodal/cohort/data/mouse-sets.csv``, one of them
into the tables of the mouse, and priors, bands and the shares of draws that meet them to
``benchmarks/results/mouse_ensemble.json``.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bimodal.drugs import load_molecule
from bimodal.engine import Schedule, Settings, solve
from bimodal.files.write import write_text
from bimodal.model import load_model
from bimodal.model.conditions import condition_values, load_conditions
from bimodal.study.solver.molecule import molecule_parameters
from provenance import provenance

Array = npt.NDArray[np.float64]
ROOT = Path(__file__).parents[1]
SETS = ROOT / "src" / "bimodal" / "cohort" / "data" / "mouse-sets.csv"
WORKERS = 2
#: Of every animal: doses are per mouse.
WEIGHT_KG = 0.025
NMOL_PER_UG = 1000.0 / 17200.0


def _treg(name: str) -> tuple[str, ...]:
    """Name a number of all Treg, those of the other half of a chimera too."""
    return tuple(f"{cell}_{name}" for cell in ("treg_naive", "treg_memory", "rival_naive", "rival_memory"))


#: Log-uniform priors: parameters that share one draw, and the ends. All assumed; reasons are in docs/mouse.md.
PRIORS: dict[tuple[str, ...], tuple[float, float]] = {
    _treg("growth_max"): (0.03, 0.09),
    _treg("growth_half"): (0.15, 0.7),
    _treg("renewal"): (0.002, 0.0042),
    _treg("capacity"): (8.0, 40.0),
    _treg("withdrawal_loss"): (1.5, 20.0),
    _treg("survival_half"): (0.0005, 0.02),
    _treg("crowded_loss"): (0.02, 0.6),
    ("niche_il2",): (1e-4, 2e-3),
    ("niche_escape",): (0.01, 0.2),
    ("il15",): (0.02, 0.3),
    ("crowding",): (0.2, 1.5),
    ("cd8_memory_growth_max",): (0.03, 0.09),
    ("cd8_memory_growth_half",): (0.05, 0.3),
    ("cd8_memory_renewal",): (0.001, 0.004),
    ("cd8_memory_capacity",): (50.0, 300.0),
    ("cd8_memory_beta_rest",): (800.0, 3000.0),
    ("cd8_memory_withdrawal_loss", "nk_mature_withdrawal_loss"): (1.0, 6.0),
    ("cd8_naive_growth_max",): (0.002, 0.015),
    ("cd8_naive_growth_half",): (0.1, 0.5),
    ("tconv_growth_max",): (0.002, 0.008),
    ("tconv_growth_half",): (0.1, 0.5),
    ("nk_mature_growth_max",): (0.02, 0.06),
    ("nk_mature_growth_half",): (0.1, 0.5),
    ("nk_mature_capacity",): (10.0, 50.0),
    ("complex_life",): (1.0, 6.5),
    ("complex_exchange",): (0.3, 10.0),
    ("human_il2_potency",): (0.1, 1.0),
    ("sc_transfer",): (0.5, 2.0),
    _treg("mtor_share"): (0.2, 0.8),
    ("tconv_mtor_share", "cd8_naive_mtor_share"): (0.5, 1.0),
    ("cd8_memory_mtor_share",): (0.3, 0.9),
    ("nk_mature_mtor_share",): (0.01, 0.3),
    ("tconv_antigen", "cd8_naive_antigen", "cd8_memory_antigen"): (0.02, 0.06),
    _treg("antigen"): (0.005, 0.04),
    ("treg_function",): (0.1, 0.6),
    ("tissue_cd25_share",): (0.1, 0.6),
    ("tissue_nk_share",): (0.05, 0.5),
    ("tissue_basal",): (0.05, 0.3),
    ("tissue_traffic",): (0.01, 0.1),
    ("tissue_suppression_max",): (0.7, 0.97),
    ("tissue_suppression_half",): (0.3, 3.0),
    ("tissue_priming",): (3e-4, 5e-3),
    ("tissue_effector_growth",): (0.03, 0.25),
    ("tissue_effector_room",): (1.0, 10.0),
    ("tissue_effector_loss",): (0.004, 0.02),
    ("tissue_kill",): (0.003, 0.03),
    ("tissue_repair",): (0.0005, 0.004),
    ("tissue_mtor_share",): (0.5, 1.0),
}
#: Drawn beside them: which of the measured half-lives free IL-2 has, and how much signal a signalling mutant has left.
HALF_LIVES = ("il2-half-life-2-min", "il2-half-life-9-min", "il2-half-life-20-min", "il2-half-life-2-h")
#: That of the table.
HALF_LIFE = "il2-half-life-20-min"
MUTANT = ("signal-mutant.cd122_signal", 0.15, 0.30)
DAYS = (0.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 9.0, 11.0, 14.0, 21.0, 28.0, 60.0)
TRIES = 40


class Mouse:
    """The model with the numbers of many mice, one parameter set each."""

    def __init__(self) -> None:
        self.model = load_model("mouse_disease")
        self.defaults = self.model.table.values()
        self.ids = list(self.model.parameter_ids)

    def rows(self, values: dict[str, Array], count: int) -> Array:
        """Lay parameters out as the engine takes them, (N, P)."""
        out = np.tile([self.defaults[name] for name in self.ids], (count, 1))
        for name, column in values.items():
            if name in self.defaults:  # the rest is of the chimera
                out[:, self.ids.index(name)] = column
        return out

    def run(
        self,
        rows: Array,
        doses: Sequence[tuple[float, str, float]],
        *,
        drug: str = "",
        genes: dict[str, Array] | None = None,
    ) -> dict[str, Array]:
        """Simulate; doses are (hour, state, nmol). NaN where a mouse has no result."""
        rows = rows.copy()
        if drug:
            for name, value in molecule_parameters(load_molecule(drug), self.defaults).items():
                rows[:, self.ids.index(name)] = value
        system, inputs = self.model.system, rows
        if genes:
            changed = rows.copy()
            for name, value in genes.items():
                changed[:, self.ids.index(name)] = value
            system, inputs = self.model.changed.released, self.model.changed_rest(rows, changed, workers=WORKERS)
        schedule = None
        if doses:
            times, states, amounts = zip(*doses, strict=True)
            slots = [system.slot_add(state) for state in states]
            schedule = Schedule.shared(np.array(times), slots, np.tile(amounts, (len(rows), 1)))
        found = solve(system, inputs, schedule, [24.0 * day for day in DAYS], settings=Settings(), workers=WORKERS)
        bad = found.status > 1
        return {name: np.where(bad[:, None], np.nan, found[name]) for name in system.output_ids}


@dataclass(frozen=True)
class Held:
    """A number a set must meet: the row of the evidence, its band, and how it is read off."""

    row: str
    what: str
    lower: float
    upper: float
    read: Callable[[Mouse, Array, Array], Array]


def daily(times: int, ug: float) -> list[tuple[float, str, float]]:
    """Lay out one dose of a complex a day."""
    return [(24.0 * day, "drug_depot", ug * NMOL_PER_UG) for day in range(times)]


def fold(found: dict[str, Array], name: str) -> Array:
    """Give numbers over those of day 0, (N, T)."""
    return found[f"{name}_organs"] / found[f"{name}_organs"][:, :1]


def between(first: float, last: float) -> list[int]:
    """Say which of the days lie in a span."""
    return [place for place, day in enumerate(DAYS) if first <= day <= last]


def turnover(mouse: Mouse, rows: Array, signal: Array) -> Array:
    """Share of Treg replaced in a day at rest: what comes whatever the signal, and what signal makes."""

    def of(name: str) -> Array:
        return rows[:, mouse.ids.index(name)]

    parts, cells = [], []
    for column, cell in enumerate(("treg_naive", "treg_memory")):
        memory, slope = signal[:, column], of(f"{cell}_growth_slope")
        made = of(f"{cell}_growth_max") * memory**slope / (memory**slope + of(f"{cell}_growth_half") ** slope)
        parts.append(
            24.0 * (of(f"{cell}_renewal") + made / (1.0 + of(f"{cell}_capacity") ** -of(f"{cell}_capacity_slope")))
        )
        cells.append(of(f"{cell}_count_rest"))
    return (parts[0] * cells[0] + parts[1] * cells[1]) / (cells[0] + cells[1])


def at_rest(mouse: Mouse, rows: Array, mutant: Array) -> Array:
    """Read turnover at rest."""
    found = mouse.run(rows, [])
    return turnover(
        mouse, rows, np.stack([found["pstat5_treg_naive"][:, 0], found["pstat5_treg_memory"][:, 0]], axis=1)
    )


def of_jes(cell: str, first: float, last: float) -> Callable[[Mouse, Array, Array], Array]:
    """Read the highest fold under three doses of the complex that Treg take up."""

    def read(mouse: Mouse, rows: Array, mutant: Array) -> Array:
        found = mouse.run(rows, daily(3, 1.0), drug="jes6-1-complex")
        return fold(found, cell)[:, between(first, last)].max(axis=1)

    return read


def of_s4b6(mouse: Mouse, rows: Array, mutant: Array) -> Array:
    """Read the highest fold of memory CD8 under seven doses of the complex that CD122 takes up."""
    return fold(mouse.run(rows, daily(7, 1.5), drug="s4b6-complex"), "cd8_memory")[:, between(0, 11)].max(axis=1)


def untreated(names: tuple[str, ...], what: str, day: float) -> Callable[[Mouse, Array, Array], Array]:
    """Read a disease that nobody treats."""

    def read(mouse: Mouse, rows: Array, mutant: Array) -> Array:
        values = condition_values("mouse", names)
        own, genes = rows.copy(), {name: value for name, value in values.items() if name in mouse.model.perturbing}
        for name in values.keys() - genes.keys():
            own[:, mouse.ids.index(name)] = values[name]
        found = mouse.run(own, [], genes={name: np.full(len(rows), value) for name, value in genes.items()})
        return found[what][:, DAYS.index(day)]

    return read


def treg_of(genes: str) -> Callable[[Mouse, Array, Array], Array]:
    """Read Treg of a genotype at its own rest over those of the wild type."""

    def read(mouse: Mouse, rows: Array, mutant: Array) -> Array:
        values = load_conditions("mouse")[genes].values
        own = {
            name: mutant if genes == "signal-mutant" else np.full(len(rows), value) for name, value in values.items()
        }
        return mouse.run(rows, [], genes=own)["treg_organs"][:, 0] / mouse.run(rows, [])["treg_organs"][:, 0]

    return read


HELD = (
    Held("M68", "Treg replaced in a day at rest", 0.06, 0.10, at_rest),
    Held("C10", "Treg of signalling mutants over wild type; band of the evidence", 0.7, 1.3, treg_of("signal-mutant")),
    Held("M01", "Treg, fold, complex of the JES6-1 sort, days 3-5", 10.0, 60.0, of_jes("treg", 3, 5)),
    Held(
        "C02",
        "Treg, fold, day 21, the same: gone one to two weeks after the last dose",
        0.5,
        3.0,
        of_jes("treg", 21, 21),
    ),
    Held("M09", "memory CD8, fold, the same, days 3-7; band of the evidence", 0.8, 2.0, of_jes("cd8_memory", 3, 7)),
    Held(
        "M06",
        "memory CD8, fold, complex of the S4B6 sort, seven doses (usual, recalled: M07), by day 11",
        100.0,
        1e4,
        of_s4b6,
    ),
)
#: Studies whose numbers are held, which therefore are calibration.
STUDIES = ("webster-2009-treg", "boyman-2006", "yu-2009")
DISEASE = (
    Held(
        "definition",
        "effector cells of islets, NOD untreated, day 28: not fewer than on day 0",
        0.3,
        50.0,
        untreated(("nod", "insulitis"), "tissue_effectors", 28.0),
    ),
    Held(
        "definition",
        "beta cells, NOD untreated, day 60: less than half of day 0",
        0.0,
        0.4,
        untreated(("nod", "insulitis"), "tissue_reserve", 60.0),
    ),
    Held(
        "definition",
        "graft, untreated, day 60: mostly lost",
        0.0,
        0.4,
        untreated(("graft-day-3",), "tissue_reserve", 60.0),
    ),
)
TISSUE = {names: ends for names, ends in PRIORS.items() if names[0].startswith(("tissue_", "treg_function"))}


def drawn(
    priors: dict[tuple[str, ...], tuple[float, float]], count: int, random: np.random.Generator
) -> dict[str, Array]:
    """Draw log-uniformly; names that share a prior share the draw."""
    out: dict[str, Array] = {}
    for names, (low, high) in priors.items():
        out |= dict.fromkeys(names, np.exp(random.uniform(np.log(low), np.log(high), count)))
    return out


def draw(count: int, random: np.random.Generator) -> tuple[dict[str, Array], Array, npt.NDArray[np.int64]]:
    """Draw from the priors: parameters, signal of the mutant, which half-life."""
    values = drawn(PRIORS, count, random)
    choice = random.integers(0, len(HALF_LIVES), count)
    conditions = load_conditions("mouse")
    for name in conditions[HALF_LIVES[0]].values:
        values[name] = np.array([conditions[which].values[name] for which in HALF_LIVES])[choice]
    return values, random.uniform(MUTANT[1], MUTANT[2], count), choice


def ask(held: Held, mouse: Mouse, rows: Array, mutant: Array, report: list[dict[str, object]]) -> npt.NDArray[np.bool_]:
    """Say which sets meet a band, and note how many did."""
    found = held.read(mouse, rows, mutant)
    meets = (found >= held.lower) & (found <= held.upper)
    spread = [float(x) for x in np.nanpercentile(found, [5, 50, 95])] if len(rows) else []
    report.append(
        {
            "row": held.row,
            "what": held.what,
            "lower": held.lower,
            "upper": held.upper,
            "asked": len(rows),
            "meet": float(meets.mean()) if len(rows) else 0.0,
            "percentiles_5_50_95": spread,
        }
    )
    print(
        f"{held.row}: {held.what}: {len(rows)} asked, {100 * meets.mean() if len(rows) else 0:.1f} % meet "
        f"{held.lower:g} to {held.upper:g}; 5/50/95 %: " + ", ".join(f"{x:.3g}" for x in spread),
        flush=True,
    )
    return meets


def write_table(values: dict[str, Array], kept: npt.NDArray[np.int64], choice: npt.NDArray[np.int64]) -> None:
    """Put the set nearest to the medians, of those with the half-life of the table, into the tables of the mouse."""
    names = [name for name in values if not name.startswith("rival_") and np.ptp(np.log(values[name][kept])) > 0.0]
    shared = load_conditions("mouse")[HALF_LIFE].values
    logs = np.log(np.array([values[name][kept] for name in names if name not in shared]))
    far = (((logs - np.median(logs, axis=1, keepdims=True)) / logs.std(axis=1, keepdims=True)) ** 2).sum(axis=0)
    far[choice[kept] != HALF_LIVES.index(HALF_LIFE)] = np.inf
    number = int(far.argmin())
    for table in ("mouse.csv", "target_tissue.csv"):
        path = ROOT / "src" / "bimodal" / "model" / "data" / table
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        for row in rows[1:]:
            if row[0] in names and row[0] not in shared:
                row[1] = f"{values[row[0]][kept[number]]:.5g}"
                where = f"here its set-{number + 1}, nearest to the medians"
                row[8] = f"varied in the ensemble (benchmarks/mouse_ensemble.py); {where}"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


def main() -> None:
    """Draw, filter, and write what is kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=40_000)
    parser.add_argument("--keep", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    mouse = Mouse()
    random = np.random.default_rng(asked.seed)
    values, mutant, choice = draw(asked.draws, random)
    left, report = np.arange(asked.draws), []
    for held in HELD:
        rows = mouse.rows({name: column[left] for name, column in values.items()}, len(left))
        left = left[ask(held, mouse, rows, mutant[left], report)]
    met, waiting, kept = len(left), left, np.array([], np.int64)
    for _ in range(TRIES):
        for name, column in drawn(TISSUE, len(waiting), random).items():
            values[name] = np.array(values[name])
            values[name][waiting] = column
        good = waiting
        for held in DISEASE:
            rows = mouse.rows({name: column[good] for name, column in values.items()}, len(good))
            good = good[ask(held, mouse, rows, mutant[good], report)] if len(good) else good
        kept = np.concatenate([kept, good])
        waiting = np.setdiff1d(waiting, good)
        if not len(waiting):
            break
    left = np.sort(kept)
    kept = left[: asked.keep]
    lives = {HALF_LIVES[k]: int((choice[kept] == k).sum()) for k in range(len(HALF_LIVES))}
    print(
        f"{met} of {asked.draws} draws meet the numbers of a healthy mouse, {len(left)} those of a disease too, "
        f"{len(kept)} kept; half-lives of free IL-2: {lives}"
    )
    if not asked.write:
        return
    with SETS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "weight_kg", MUTANT[0], *values])
        for number, place in enumerate(kept, start=1):
            writer.writerow(
                [
                    f"set-{number}",
                    WEIGHT_KG,
                    f"{mutant[place]:.5g}",
                    *(f"{column[place]:.5g}" for column in values.values()),
                ]
            )
    write_table(values, kept, choice)
    result = {
        "provenance": provenance(seed=asked.seed),
        "draws": asked.draws,
        "meet_healthy": met,
        "meet_all": len(left),
        "kept": len(kept),
        "half_lives": lives,
        "held": report,
        "studies": list(STUDIES),
        "priors": [
            {"parameters": list(names), "low": low, "high": high, "distribution": "log-uniform"}
            for names, (low, high) in PRIORS.items()
        ],
    }
    write_text(ROOT / "benchmarks" / "results" / "mouse_ensemble.json", json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
