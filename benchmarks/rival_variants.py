"""Rivals of the density limit, each as a few changes in the text and the table of the human model.

None of this is in the package: a rival comes in when it predicts studies it has not seen better than what is there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bimodal.engine import Settings
from bimodal.fit.human.human import FREE, human_parameters
from bimodal.fit.parameter import FitParameter
from bimodal.fit.prior import ParameterPrior
from bimodal.model import ParameterTable, load_model
from bimodal.model.antimony_text import to_sbml
from bimodal.model.manifest import read_manifest
from bimodal.model.parameters import ParameterRow
from bimodal.model.sbml_reader import read_sbml
from bimodal.study.solver.engine_solver import EngineSolver

#: Rows of the density limit of the two cell types whose limit is fitted.
LIMIT = ("treg_capacity", "treg_capacity_slope", "nk_bright_capacity")
NO_LIMIT = {"treg_capacity": 1e6, "treg_capacity_slope": 1.0, "nk_bright_capacity": 1e6}
T_CELLS_AND_BRIGHT = ("treg", "tconv", "cd8", "nk_bright")


@dataclass(frozen=True)
class Variant:
    """One structure of the human model.

    Parameters
    ----------
    name, what
        What it is called, and what it says in one sentence.
    text
        (old, new) changes of the Antimony text, each of which must find its place.
    rows
        New rows of the table: id -> (value, unit).
    table
        Rows whose value changes.
    free
        What is fitted beside the shared rows: id -> (centre, standard deviation of ln, lower, upper bound).
    dropped
        Shared rows that are not fitted here.
    """

    name: str
    what: str
    text: tuple[tuple[str, str], ...] = ()
    rows: Mapping[str, tuple[float, str]] = field(default_factory=dict[str, tuple[float, str]])
    table: Mapping[str, float] = field(default_factory=dict[str, float])
    free: Mapping[str, tuple[float, float, float, float]] = field(
        default_factory=dict[str, tuple[float, float, float, float]]
    )
    dropped: tuple[str, ...] = ()

    def model_text(self) -> str:
        """Return the text of the human model with this structure."""
        text = read_manifest("human").text()
        for old, new in self.text:
            if old not in text:
                raise ValueError(f"the text of the human model has no '{old}'")
            text = text.replace(old, new)
        return text

    def solver(self) -> EngineSolver:
        """Return the model with this structure, ready for studies."""
        model, text = load_model("human"), self.model_text()
        changed = tuple(replace(row, value=self.table.get(row.id, row.value)) for row in model.table.rows)
        own = tuple(
            ParameterRow(name, value, unit, None, "fixed", "this benchmark", self.name, "assumed", "")
            for name, (value, unit) in self.rows.items()
        )
        table = ParameterTable((*changed, *own))
        network = read_sbml(to_sbml(text, "human", file="human.ant"), file="human.ant", values=table.values())
        built = replace(model, network=network, table=table, nonnegative=network.state_ids)
        return EngineSolver(built, Settings())

    def parameters(self) -> tuple[FitParameter, ...]:
        """Return what is fitted, from the centre of every prior: the same start for all structures."""
        shared = human_parameters({name: row[0] for name, row in FREE.items()})
        kept = [parameter for parameter in shared if parameter.id not in self.dropped]
        # wide: nobody knows these numbers, while those of the density limit come from a fit to the same studies
        why = "this benchmark: the order of magnitude"
        own = [
            FitParameter(name, start=centre, lower=low, upper=high, prior=ParameterPrior(math.log(centre), sd, why))
            for name, (centre, sd, low, high) in self.free.items()
        ]
        return (*kept, *own)


def _seen_through(exchange: str) -> tuple[tuple[str, str], ...]:
    """Let T cells and CD56bright NK cells see another level of IL-2 than that of plasma."""
    return tuple(
        (f"{cell}: cell_population(il2_conc,", f"{cell}: cell_population({exchange},") for cell in T_CELLS_AND_BRIGHT
    )


_T_UPTAKE = (
    "accessible_t * (treg_cells * treg_il2_uptake + tconv_cells * tconv_il2_uptake + cd8_cells * cd8_il2_uptake)"
)
_BRIGHT = "nk_bright_cells * nk_bright_il2_uptake"
_DIM = "nk_dim_cells * nk_dim_il2_uptake"
_PLASMA_UPTAKE = (
    f"il2_uptake := blood_volume * ({_T_UPTAKE} + accessible_nk * ({_BRIGHT} + {_DIM})) / molecules_per_nmol"
)

DENSITY = Variant(
    "density limit",
    "growth falls with the number of cells; as shipped",
)
NONE = Variant(
    "no limit",
    "nothing limits growth but the level of IL-2",
    table=NO_LIMIT,
    dropped=LIMIT,
)
DESENSITISATION = Variant(
    "growth desensitisation",
    "growth falls with signal remembered over days",
    text=(
        ("jak_open, pstat5_rate", "jak_open, fatigue_time, pstat5_rate"),
        (
            "  capacity = 10; capacity has nd;",
            "  capacity = 10; capacity has nd;\n  fatigue_half = 1e6; fatigue_half has nd;",
        ),
        (
            "  memory' = (pstat5 - memory) / memory_time;",
            "  memory' = (pstat5 - memory) / memory_time;\n  fatigue' = (memory - fatigue) / fatigue_time;",
        ),
        (
            "  memory = pstat5; memory has nd;",
            "  memory = pstat5; memory has nd;\n  fatigue = memory; fatigue has nd;",
        ),
        ("growth_max * growth_signal /", "growth_max * growth_signal / (1 nd + fatigue / fatigue_half) /"),
        (
            "  pstat5_rate = 1; pstat5_rate has per_hour;",
            "  fatigue_time = 120; fatigue_time has hour;\n  pstat5_rate = 1; pstat5_rate has per_hour;",
        ),
    ),
    rows={
        "fatigue_time": (120.0, "h"),
        **{f"{cell}_fatigue_half": (1e6, "1") for cell in ("tconv", "cd8", "nk_dim")},
        "treg_fatigue_half": (0.05, "1"),
        "nk_bright_fatigue_half": (0.3, "1"),
    },
    table=NO_LIMIT,
    dropped=LIMIT,
    free={
        "fatigue_time": (120.0, 2.0, 12.0, 2000.0),
        "treg_fatigue_half": (0.05, 2.0, 1e-4, 10.0),
        "nk_bright_fatigue_half": (0.3, 2.0, 1e-3, 10.0),
    },
)
STRIPPING = Variant(
    "receptor stripping",
    "receptors go with the complexes, alpha as well, and come back slowly",
    text=(
        ("internalisation, beta_loss_fraction", "internalisation, alpha_loss_fraction, beta_loss_fraction"),
        (
            "  alpha' = alpha_synthesis * induced - alpha_turnover * alpha;",
            "  alpha' = alpha_synthesis * induced - alpha_turnover * alpha - alpha_carried;",
        ),
        (
            "  q_beta := 1 nd + weak;",
            "  alpha_carried := internalisation * alpha_loss_fraction * beta_free * bridge * alpha_free;\n"
            "  alpha_carried has molecule_per_hour;\n  q_beta := 1 nd + weak;",
        ),
        (
            "  alpha_synthesis = alpha_turnover * alpha_rest / induced;",
            "  alpha_synthesis = (alpha_turnover * alpha_rest + alpha_carried) / induced;",
        ),
        (
            "  beta_loss_fraction = 1; beta_loss_fraction has nd;",
            "  beta_loss_fraction = 1; beta_loss_fraction has nd;\n"
            "  alpha_loss_fraction = 1; alpha_loss_fraction has nd;",
        ),
    ),
    rows={"alpha_loss_fraction": (0.3, "1")},
    table=NO_LIMIT,
    dropped=LIMIT,
    free={
        "alpha_loss_fraction": (0.3, 2.0, 1e-3, 1.0),
        "beta_loss_fraction": (0.697, 0.4, 0.05, 1.0),
        "beta_turnover": (0.14, 1.0, 0.005, 1.0),
    },
)
_LYMPH_TEXT = (
    *_seen_through("lymph_conc"),
    (
        "  il2_receptor_uptake: il2_amount -> ; il2_uptake;",
        "  il2_receptor_uptake: il2_amount -> ; il2_uptake;\n"
        "  lymph_flow = 1.2; lymph_flow has litre_per_hour;\n  lymph_volume = 0.3; lymph_volume has volume;\n"
        "  substanceOnly species il2_lymph in body; il2_lymph has nmol;\n"
        "  il2_to_lymph: il2_amount -> il2_lymph; lymph_flow * il2_conc;\n"
        "  il2_from_lymph: il2_lymph -> il2_amount; lymph_flow * lymph_conc;\n"
        "  il2_lymph_secreted: -> il2_lymph; lymph_secretion;\n"
        "  il2_lymph_uptake: il2_lymph -> ; lymph_uptake;\n"
        "  lymph_conc := il2_lymph / lymph_volume; lymph_conc has nM;",
    ),
    (
        _PLASMA_UPTAKE,
        f"lymph_uptake := blood_volume * ({_T_UPTAKE} + accessible_nk * {_BRIGHT}) / molecules_per_nmol; "
        "lymph_uptake has nmol_per_hour;\n"
        f"  il2_uptake := blood_volume * accessible_nk * {_DIM} / molecules_per_nmol",
    ),
    (
        "  il2_amount = il2_rest * v_plasma;",
        "  il2_amount = il2_rest * v_plasma;\n  il2_lymph = il2_rest * lymph_volume;\n"
        "  lymph_secretion = lymph_uptake; lymph_secretion has nmol_per_hour;",
    ),
)
_LYMPH_FREE = {
    "lymph_flow": (1.2, 2.0, 0.02, 50.0),
    "accessible_t": (60.0, 0.4, 10.0, 400.0),
    "accessible_nk": (17.0, 0.4, 2.0, 100.0),
}
LYMPHOID = Variant(
    "lymphoid sink",
    "T and CD56bright NK cells eat in lymphoid tissue that plasma feeds, and empty it; no density limit",
    text=_LYMPH_TEXT,
    rows={"lymph_flow": (1.2, "L/h"), "lymph_volume": (0.3, "L")},
    table=NO_LIMIT,
    dropped=LIMIT,
    free=_LYMPH_FREE,
)
LYMPHOID_BESIDE = replace(
    LYMPHOID,
    name="lymphoid sink beside the density limit",
    what="the lymphoid tissue of the rival above, with the density limit",
    table={},
    dropped=(),
)
NICHE = Variant(
    "screened field beside the density limit",
    "Treg see IL-2 of neighbouring T cells on top of plasma's, screened the more the more CD25 stands around",
    text=(
        ("treg: cell_population(il2_conc,", "treg: cell_population(niche_conc,"),
        ("treg_cells * treg_il2_uptake", "treg_cells * treg_il2_uptake * il2_conc / niche_conc"),
        (
            "  // ---- uptake by receptors:",
            "  niche_extra = 1e-3; niche_extra has nM;\n  niche_depth = 0.5; niche_depth has nd;\n"
            "  niche_rate = 1; niche_rate has per_hour;\n"
            "  cd25_around := treg_cells * treg_cd25 + tconv_cells * tconv_cd25 + cd8_cells * cd8_cd25;\n"
            "  cd25_around_rest = cd25_around;\n"
            "  screen' = niche_rate * (exp(niche_depth * (1 nd - sqrt(cd25_around / cd25_around_rest))) - screen);\n"
            "  screen = 1; screen has nd;\n"
            "  niche_conc := il2_conc + niche_extra * screen; niche_conc has nM;\n"
            "  // ---- uptake by receptors:",
        ),
    ),
    rows={"niche_extra": (1e-3, "nM"), "niche_depth": (0.5, "1"), "niche_rate": (1.0, "1/h")},
    free={"niche_extra": (1e-3, 2.0, 1e-5, 0.1), "niche_depth": (0.5, 0.4, 0.05, 5.0)},
)
#: In place of the density limit, and beside it.
RIVALS = (DENSITY, NONE, DESENSITISATION, LYMPHOID, STRIPPING)
BESIDE = (LYMPHOID_BESIDE, NICHE)
