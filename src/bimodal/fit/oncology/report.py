"""What the oncology fit found: published against simulated, misses first, and what the figures pin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bimodal.fit.oncology.ensemble_table import (
    OncologySet,
    class_shares,
    cohort_values,
    load_ensemble,
    table_values,
    write_ensemble,
)
from bimodal.fit.oncology.oncology import OncologyData, oncology_data, score
from bimodal.fit.oncology.parameters import (
    IDS,
    PARAMETERS,
    OncologyParameter,
    free_parameters,
    natural_values,
    standard_values,
)
from bimodal.fit.oncology.population import Structure
from bimodal.fit.oncology.search import Score, Searched, evaluate, posterior, search, spread_out
from bimodal.fit.oncology.targets import OncologyTarget, misfit, oncology_targets

if TYPE_CHECKING:
    import pandas

FloatArray = npt.NDArray[np.float64]

COMMAND = "bimodal fit oncology"
#: Sets tried with few tumours from each of two beginnings; how many of the best are scored again with many new tumours,
#: how many are tried from the best of those, as only that score counts, and how many are drawn around the best.
EVALUATIONS, AGAIN, POLISH, DRAWS, MANY = 120, 32, 144, 80, 512
#: How much more than the best an equally good set may cost; how many are kept.
WITHIN, SIZE = 8.0, 16


@dataclass(frozen=True)
class OncologyFit:
    """The ensemble, and the published figures beside those of every set in it.

    Attributes
    ----------
    pinned
        Parameter -> posterior over prior standard deviation, from how the figures change near the best set.
    """

    sets: tuple[OncologySet, ...]
    figures: tuple[Mapping[str, float], ...]
    pinned: Mapping[str, float]
    evaluations: int
    seed: int

    @property
    def targets(self) -> tuple[tuple[OncologyTarget, float, float, float], ...]:
        """Target, figure of the best set, and smallest and largest over the ensemble; misses of the best first."""
        rows: list[tuple[OncologyTarget, float, float, float]] = []
        for target in oncology_targets():
            own = [figures[target.quantity] for figures in self.figures]
            rows.append((target, own[0], min(own), max(own)))
        return tuple(sorted(rows, key=lambda row: (row[0].within(row[1]), row[0].role)))

    def as_dict(self) -> dict[str, Any]:
        """Say it as plain data."""
        return {
            "evaluations": self.evaluations,
            "seed": self.seed,
            "sets": [{"cost": one.cost, "misfit": one.misfit, "values": dict(one.values)} for one in self.sets],
            "pinned": dict(self.pinned),
            "targets": [
                {
                    "id": target.id,
                    "study": target.study,
                    "role": target.role,
                    "quantity": target.quantity,
                    "published": target.published,
                    "lower": target.lower,
                    "upper": target.upper,
                    "simulated": best,
                    "ensemble_lower": low,
                    "ensemble_upper": high,
                    "within": target.within(best),
                }
                for target, best, low, high in self.targets
            ],
        }

    def to_pandas(self) -> pandas.DataFrame:
        """Give the published figures beside those of the best set and the ensemble, one row each."""
        import pandas

        return pandas.DataFrame(self.as_dict()["targets"])

    def __repr__(self) -> str:
        best, rows = self.sets[0], self.targets
        met = sum(target.within(found) for target, found, _, _ in rows)
        return (
            f"oncology fit: best of {self.evaluations} sets, misfit {best.misfit:.3g}, {met} of {len(rows)} targets "
            f"met, {len(self.sets)} equally good sets"
        )

    def text(self) -> str:
        """Say it for a person."""
        best = self.sets[0]
        lines = [
            f"oncology fit: best of {self.evaluations} sets: misfit {best.misfit:.3g} of "
            f"{len(oncology_targets('calibration'))} targets, with priors {best.cost:.3g}; ensemble of "
            f"{len(self.sets)} sets within {WITHIN:g} of it",
            "",
            f"  {'target':8} {'role':12} {'figure':26} {'published':>22} {'best':>8} {'ensemble':>16}",
        ]
        for target, found, low, high in self.targets:
            published = f"{target.published:.3g} ({target.lower:.3g} to {target.upper:.3g})"
            miss = "" if target.within(found) else "  MISS"
            lines.append(
                f"  {target.id:8} {target.role:12} {target.quantity:26} {published:>22} {found:8.3g} "
                f"{f'{low:.3g} to {high:.3g}':>16}{miss}"
            )
        lines += ["", f"  {'parameter':24} {'best':>10} {'ensemble':>22} {'prior':>10}  posterior SD / prior SD"]
        for parameter in PARAMETERS:
            own = [one.values[parameter.id] for one in self.sets]
            lines.append(
                f"  {parameter.id:24} {own[0]:10.3g} {f'{min(own):.3g} to {max(own):.3g}':>22} "
                f"{parameter.centre:10.3g}  {self.pinned[parameter.id]:.2f}"
            )
        for cancer in ("melanoma", "renal"):
            lines += ["", f"as a cohort, {cancer}:"]
            lines += [
                f"  {n:24} median {m:.5g}, cv {cv:.4g}" for n, (m, cv) in cohort_values(best.values, cancer).items()
            ]
        lines += ["", "classes of tumours: " + ", ".join(f"{n} {v:.3g}" for n, v in class_shares(best.values).items())]
        return "\n".join(lines) + "\n"


def fit_oncology(
    *,
    seed: int = 1,
    workers: int = 1,
    evaluations: int = EVALUATIONS,
    structure: Structure | None = None,
    data: OncologyData | None = None,
    begin: Sequence[Mapping[str, float]] | None = None,
    polish: bool = True,
) -> OncologyFit:
    """Search parameter sets that reproduce the calibration figures, and keep an ensemble of good ones.

    Parameters
    ----------
    seed
        Of the virtual people and of the search.
    workers
        Threads; they change no bit.
    evaluations
        Sets tried from each beginning.
    data
        Signals and tumours made before; None makes them.
    begin
        Values the searches begin at; the shipped best set and the centre of the priors by default.
    polish
        Whether the best sets are scored again with more tumours, and the search goes on from there.
    """
    given = data or oncology_data(seed=seed, structure=structure, workers=workers)
    chosen = free_parameters(given.tumours.structure.free)
    starts = [standard_values(one, chosen) for one in ([load_ensemble()[0].values, {}] if begin is None else begin)]

    def scored(x: FloatArray, with_data: OncologyData = given) -> tuple[FloatArray, dict[str, float]]:
        return score(with_data, x, workers=workers)

    found = search(scored, len(chosen), evaluations=evaluations, seed=seed, begin=starts[0])
    for place, start in enumerate(starts[1:], 1):
        found = found.joined(search(scored, len(chosen), evaluations=evaluations, seed=seed + place, begin=start))
    tried = len(found.x)
    if polish:
        many = replace(given, tumours=replace(given.tumours, each=MANY, seed=seed + 1))
        found = refine(found, lambda x: scored(x, many), again=AGAIN, polish=POLISH, draws=DRAWS, seed=seed + 1)
        tried += len(found.x) - AGAIN
    kept = found.ensemble(WITHIN, SIZE)
    sets = tuple(_as_set(found, int(k), chosen) for k in kept)
    figures = tuple(found.figures[int(k)] for k in kept)
    return OncologyFit(sets, figures, pinned(found, chosen), tried, seed)


def refine(wide: Searched, scored: Score, *, again: int, polish: int, draws: int, seed: int) -> Searched:
    """Score the best sets of a search again by a better score, go on from the best of them, and keep all that.

    Parameters
    ----------
    again, polish, draws
        How many sets are scored again, how many new ones are tried, and how many are drawn around the best.
    """
    top = np.argsort(wide.cost, kind="stable")[:again]
    found = evaluate(scored, wide.x[top])
    if polish > 0:
        found = search(scored, wide.x.shape[1], evaluations=polish, seed=seed, known=found)
    return spread_out(scored, found, draws, seed) if draws > 0 else found


def pinned(found: Searched, parameters: Sequence[OncologyParameter] = PARAMETERS) -> dict[str, float]:
    """Say how far the figures narrow each parameter: posterior over prior standard deviation near the best set.

    The slopes of a plane through the residuals give the posterior in closed form, as the priors are standard normal on
    this scale.
    """
    _, slopes = found.plane()
    return dict(zip((p.id for p in parameters), np.sqrt(np.diag(posterior(slopes))).tolist(), strict=True))


def oncology_mismatches(found: OncologyFit, tolerance: float) -> list[str]:
    """Say where the shipped ensemble, and the table that takes values from it, hold something else."""
    from bimodal.model.files import read_data
    from bimodal.model.parameters import ParameterTable

    shipped = load_ensemble()
    best, own = shipped[0].values, found.sets[0].values
    out = [
        f"{name}: shipped {best[name]:.5g}, found {own[name]:.5g}"
        for name in IDS
        if abs(best[name] - own[name]) > tolerance * abs(own[name])
    ]
    table = ParameterTable.read(read_data("tumour_site.csv"), "tumour_site.csv").values()
    out += [
        f"{name}: table {table[name]:.5g}, shipped ensemble {value:.5g}"
        for name, value in table_values(best).items()
        if abs(table[name] - value) > tolerance * abs(value)
    ]
    return out


def write_oncology(path: Any, found: OncologyFit, dry_run: bool) -> list[str]:
    """Write the ensemble of a fit into a CSV file."""
    return write_ensemble(path, found.sets, dry_run=dry_run)


def _as_set(found: Searched, place: int, chosen: tuple[OncologyParameter, ...]) -> OncologySet:
    targets = oncology_targets("calibration")
    return OncologySet(
        float(found.cost[place]), misfit(targets, found.figures[place]), natural_values(found.x[place], chosen)
    )
