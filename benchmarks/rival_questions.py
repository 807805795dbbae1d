"""Rivals of two more answers of the human model: how Treg leave after a dose, where CD56bright NK cells come from."""

from __future__ import annotations

from dataclasses import replace

from rival_variants import Variant

CELLS = ("treg", "tconv", "cd8", "nk_bright", "nk_dim")
#: Where every structure takes its own values: after the last one of a cell type.
_VALUES = "  survival_half = 1; survival_half has nd;\n"
_LOSS = "loss_now * cells;\n"
_LOSS_AT_REST = "  loss = renewal + (1 nd - long_lived_share) * growth_rest + inflow / cells_rest;"
_KEPT = {"treg_withdrawal_loss": 1e-12}

WITHDRAWAL = Variant("withdrawal loss", "without signal more Treg are lost, whether they divided or not; shipped")
ACTIVATED_BESIDE = Variant(
    "activated Treg, withdrawal loss",
    "without signal divided Treg die within days, until they rest again, and of those at rest more are lost",
    # one of two daughters of a resting cell is activated; the body at rest has a few
    text=(
        (
            _VALUES,
            f"{_VALUES}  activated_share = 0; activated_share has nd;\n"
            "  activated_death = 0.02; activated_death has per_hour;\n"
            "  activated_return = 0.01; activated_return has per_hour;\n",
        ),
        (
            _LOSS,
            "loss_now * (cells - activated) - activated_loss * activated;\n"
            "  activated_loss := activated_death * (1 nd - survival); activated_loss has per_hour;\n"
            "  activated' = activated_share * proliferation * (cells - activated) - "
            "(activated_return + activated_loss) * activated;\n"
            "  activated = activated_ratio * cells_rest; activated has per_uL;\n",
        ),
        (
            _LOSS_AT_REST,
            "  activated_loss_rest = activated_death * (1 nd - survival_rest); activated_loss_rest has per_hour;\n"
            "  activated_ratio = activated_share * growth_rest / "
            "(activated_share * growth_rest + activated_return + activated_loss_rest); activated_ratio has nd;\n"
            "  loss = (renewal + (1 nd - long_lived_share) * growth_rest + inflow / cells_rest - "
            "activated_loss_rest * activated_ratio) / (1 nd - activated_ratio);",
        ),
    ),
    rows={
        f"{cell}_activated_{name}": row
        for cell in CELLS
        for name, row in {
            "share": (1.0 if cell == "treg" else 0.0, "1"),
            "death": (0.02, "1/h"),
            "return": (0.01, "1/h"),
        }.items()
    },
    free={"treg_activated_death": (0.02, 1.5, 1e-4, 1.0), "treg_activated_return": (0.01, 1.5, 1e-3, 1.0)},
)
ACTIVATED = replace(
    ACTIVATED_BESIDE,
    name="activated Treg",
    what="divided Treg die within days without signal, until they rest; those at rest are lost at a constant rate",
    table=_KEPT,
    dropped=("treg_withdrawal_loss",),
)
CONSTANT = Variant(
    "constant loss",
    "Treg are lost at the rate of rest, whatever the signal",
    table=_KEPT,
    dropped=("treg_withdrawal_loss", "treg_survival_half"),
)
_REDISTRIBUTION_TEXT = (
    (
        _VALUES,
        f"{_VALUES}  tissue_ratio = 0; tissue_ratio has nd; tissue_exit = 0; tissue_exit has per_hour;\n"
        "  mobilisation = 0; mobilisation has nd; mobilisation_half = 1; mobilisation_half has nd;\n",
    ),
    (
        _LOSS,
        "loss_now * cells + tissue_exit * (mobilised * tissue - tissue_ratio * cells);\n"
        "  mobilised := (1 nd + mobilisation * memory / (memory + mobilisation_half)) / mobilised_rest;\n"
        "  tissue' = tissue_exit * (tissue_ratio * cells - mobilised * tissue); mobilised has nd;\n"
        "  mobilised_rest = 1 nd + mobilisation * memory / (memory + mobilisation_half); mobilised_rest has nd;\n"
        "  tissue = tissue_ratio * cells_rest; tissue has per_uL;\n",
    ),
)
_REDISTRIBUTION_ROWS = {
    f"{cell}_{name}": row
    for cell in CELLS
    for name, row in {
        "tissue_ratio": (5.0 if cell == "treg" else 0.0, "1"),
        "tissue_exit": (0.01 if cell == "treg" else 0.0, "1/h"),
        "mobilisation": (3.0 if cell == "treg" else 0.0, "1"),
        "mobilisation_half": (0.02, "1"),
    }.items()
}
_REDISTRIBUTION_FREE = {
    "treg_tissue_exit": (0.01, 1.5, 1e-4, 1.0),
    "treg_mobilisation": (3.0, 1.5, 0.01, 100.0),
    "treg_mobilisation_half": (0.02, 1.5, 1e-4, 1.0),
}
REDISTRIBUTION = Variant(
    "redistribution",
    "signal sends Treg from tissue into blood, and they go back without it; loss is constant",
    text=_REDISTRIBUTION_TEXT,
    rows=_REDISTRIBUTION_ROWS,
    table=_KEPT,
    free=_REDISTRIBUTION_FREE,
    dropped=("treg_withdrawal_loss", "treg_survival_half"),
)
BOTH = replace(
    REDISTRIBUTION,
    name="withdrawal loss, redistribution",
    what="withdrawal loss and redistribution",
    table={},
    dropped=(),
)
DIVISION = Variant("division", "CD56bright NK cells divide on signal; as shipped")
PRECURSORS = Variant(
    "precursors",
    "signal matures precursors into CD56bright NK cells, which live longer with it and do not divide",
    text=(
        (
            _VALUES,
            f"{_VALUES}  precursor_gain = 0; precursor_gain has nd; protection = 0; protection has nd;\n",
        ),
        (
            "  cells' = influx + inflow + (1 nd - long_lived_share) * proliferation * cells - loss_now * cells;",
            "  cells' = influx * (1 nd + precursor_gain * growth_signal) / (1 nd + precursor_gain * signal_rest) + "
            "inflow + (1 nd - long_lived_share) * proliferation * cells - "
            "loss_now * (1 nd + protection * signal_rest) / (1 nd + protection * growth_signal) * cells;\n"
            "  signal_rest = growth_signal; signal_rest has nd;",
        ),
    ),
    rows={
        f"{cell}_{name}": (centre if cell == "nk_bright" else 0.0, "1")
        for cell in CELLS
        for name, centre in {"precursor_gain": 20.0, "protection": 3.0}.items()
    },
    table={"nk_bright_growth_max": 1e-9, "nk_bright_capacity": 1e6},
    free={
        "nk_bright_precursor_gain": (20.0, 1.5, 0.1, 1000.0),
        "nk_bright_protection": (3.0, 1.5, 0.01, 100.0),
    },
    dropped=("nk_bright_growth_max", "nk_bright_capacity"),
)
LEAVING = (WITHDRAWAL, ACTIVATED, ACTIVATED_BESIDE, CONSTANT, REDISTRIBUTION, BOTH)
NK = (DIVISION, PRECURSORS)
