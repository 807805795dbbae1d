"""What goes in is somewhere: mass balance, rest and the receptors of the shipped human model."""

from __future__ import annotations

from decimal import Decimal, localcontext
from itertools import pairwise

import numpy as np
import pytest

from bimodal.engine import Schedule, Settings, System, solve
from bimodal.expr import evaluate
from bimodal.model import Model, Network, load_model, model_text
from bimodal.model.antimony_text import to_sbml
from bimodal.model.sbml_reader import read_sbml

TALLIES = {
    "tally_secreted": "il2_secretion",
    "tally_infused": "il2_infusion",
    "tally_local": "sc_transfer * (1 nd - sc_available) * il2_depot",
    "tally_eliminated": "clearance * il2_conc",
    "tally_uptake": "il2_uptake",
    "tally_drug_infused": "drug_infusion",
    "tally_drug_local": "drug_sc_transfer * (1 nd - drug_sc_bioavailability) * drug_depot",
    "tally_drug_eliminated": "drug_clearance * drug_conc",
    "tally_drug_uptake": "drug_uptake",
}


@pytest.fixture(scope="module")
def human() -> Model:
    return load_model("human")


@pytest.fixture(scope="module")
def tallied(human: Model) -> Network:
    """The human model with a counter on every way in and out."""
    counters = "".join(f"  {name} = 0; {name}' = {rate};\n" for name, rate in TALLIES.items())
    body = model_text("human").rstrip()
    assert body.endswith("end")
    text = body.removesuffix("end") + counters + "end\n"
    return read_sbml(to_sbml(text, "human", file="tallied"), file="tallied", values=human.table.values())


@pytest.fixture(scope="module")
def counting(tallied: Network) -> System:
    names = [s for s in tallied.state_ids if s.startswith(("il2_", "drug_", "tally_"))]
    return tallied.system([(n, n) for n in names], settable=["il2_infusion", "drug_infusion"])


SC, BOLUS, INFUSE = "il2_depot", "il2_amount", "il2_infusion"
DRUG_SC, DRUG_BOLUS, DRUG_INFUSE = "drug_depot", "drug_amount", "drug_infusion"
REGIMENS = {
    "sc": [(float(t), SC, 7.2) for t in range(0, 240, 24)],
    "bolus": [(0.0, BOLUS, 70.0), (8.0, BOLUS, 70.0)],
    "infusion": [(0.0, INFUSE, 280.0), (0.25, INFUSE, 0.0), (8.0, INFUSE, 280.0), (8.25, INFUSE, 0.0)],
    "overlapping": [(0.0, INFUSE, 2.0), (1.0, INFUSE, 5.0), (3.0, INFUSE, 3.0), (4.0, INFUSE, 0.0)],
    "everything": [
        (0.0, SC, 5.0),
        (0.0, INFUSE, 10.0),
        (2.0, BOLUS, 1.0),
        (2.0, INFUSE, 0.0),
        (3.0, DRUG_SC, 40.0),
        (4.0, DRUG_INFUSE, 3.0),
        (9.0, DRUG_INFUSE, 0.0),
        (9.0, DRUG_BOLUS, 4.0),
        (100.0, SC, 50.0),
    ],
    "untreated": [],
}


@pytest.mark.parametrize("regimen", REGIMENS)
def test_mass_balance(counting: System, human: Model, regimen: str) -> None:
    events = [
        (t, counting.slot_set(to) if to.endswith("infusion") else counting.slot_add(to), amount)
        for t, to, amount in REGIMENS[regimen]
    ]
    table = human.table.values()
    values = [[table[name] for name in counting.parameter_ids]]
    times = np.linspace(0, 240, 97)
    run = solve(counting, values, Schedule.build([events]), times)
    assert run.status[0] == 0
    for ligand, prefix in (("il2", "tally_"), ("drug", "tally_drug_")):
        pools = [s for s in counting.state_ids if s.startswith(f"{ligand}_")]
        inside = sum(run[pool][0] for pool in pools)
        out = sum(run[prefix + way][0] for way in ("local", "eliminated", "uptake"))
        own = run["tally_secreted"][0] if ligand == "il2" else 0.0
        dosed = sum(
            np.where(times > t, amount, 0.0)
            for t, to, amount in REGIMENS[regimen]
            if to in (f"{ligand}_depot", f"{ligand}_amount")
        )
        given = inside[0] + dosed + own + run[prefix + "infused"][0]
        assert np.abs(inside + out - given).max() <= 1e-10 * max(given.max(), 1e-300)
    rates = [(t, v) for t, to, v in REGIMENS[regimen] if to == INFUSE]
    planned = sum(v * (later - t) for (t, v), (later, _) in pairwise(rates))
    assert run["tally_infused"][0, -1] == pytest.approx(planned, rel=1e-10)


def test_the_untreated_body_rests(human: Model) -> None:
    rng = np.random.default_rng(5)
    system = human.system
    table = human.table.values()
    one = np.array([table[name] for name in system.parameter_ids])
    many = np.tile(one, (8, 1))
    many[1:] *= np.exp(rng.uniform(-0.3, 0.3, many[1:].shape))  # whoever the patient is
    for name in ("il2_infusion", "drug_infusion", "drug_inactive_infusion", "partner_infusion", "alpha_masked"):
        many[:, system.parameter_index[name]] = 0.0
    for name in ("pM_in_nM", "molecules_per_nmol"):
        many[:, system.parameter_index[name]] = table[name]
    shares = [i for i, n in enumerate(system.parameter_ids) if n.endswith(("bioavailability", "fraction"))]
    many[:, shares] = np.minimum(many[:, shares], 0.95)
    run = solve(system, many, None, np.arange(0, 121) * 24.0)
    assert (run.status == 0).all()
    drift = np.abs(run.values - run.values[:, :1]) / np.maximum(np.abs(run.values[:, :1]), 1e-300)
    assert np.where(run.values[:, :1] == 0, np.abs(run.values), drift).max() < 1e-6
    np.testing.assert_allclose(run["treg_count"][:, 0], many[:, system.parameter_index["treg_count_rest"]], rtol=1e-12)
    np.testing.assert_allclose(run["il2_plasma"][:, 0], 1000 * many[:, system.parameter_index["il2_rest"]], rtol=1e-12)


def _free_beta(alpha: Decimal, beta: Decimal, ligands: list[tuple[Decimal, ...]]) -> Decimal:
    """Bisect the balance of beta chains, in 50 digits, without the quadratic."""
    weak = sum((c / kd_bg for c, _, kd_bg, _ in ligands), Decimal(0))
    hold = sum((c / kd_a for c, kd_a, _, _ in ligands), Decimal(0))
    bridge = sum((c / (kd_a * k2) for c, kd_a, _, k2 in ligands), Decimal(0))
    low, high = Decimal(0), beta
    for _ in range(150):
        middle = (low + high) / 2 if low == 0 or high / low < 4 else (low * high).sqrt()
        middle = high / Decimal(1000) if low == 0 else middle
        free_alpha = alpha / (1 + hold + bridge * middle)
        used = middle * (1 + weak + bridge * free_alpha)
        low, high = (middle, high) if used < beta else (low, middle)
    return (low + high) / 2


@pytest.mark.parametrize("cell", ["treg", "nk_dim"])
@pytest.mark.parametrize("span", [2.0, 6.0], ids=["usual", "extreme"])
def test_receptor_equilibrium_against_bisection(human: Model, cell: str, span: float) -> None:
    rng = np.random.default_rng(17)
    n = 150
    names = [
        f"{cell}_r_alpha",
        f"{cell}_r_beta",
        *(f"{ligand}_{what}" for ligand in ("il2", "drug") for what in ("amount", "kd_alpha", "kd_betagamma", "k2")),
    ]
    values = {name: 10 ** rng.uniform(-span, span, n) for name in names}
    values["il2_amount"][:20] = 0.0
    values["drug_amount"][10:40] = 0.0
    values[f"{cell}_r_alpha"][50:60] = 0.0
    values[f"{cell}_r_alpha"][60:80] = values[f"{cell}_r_beta"][60:80]
    known = {
        **human.table.values(),
        "v_plasma": 1.0,
        "drug_v_plasma": 1.0,
        "alpha_masked": 0.0,
        "partner_amount": 0.0,
        **values,
    }
    rules = human.network.rules
    wanted = [rules[f"{cell}_r_{name}"] for name in ("beta_free", "alpha_free", "complexes")]
    free_beta, free_alpha, complexes = evaluate(human.network.graph, wanted, known)
    with localcontext() as context:
        context.prec = 50
        for i in range(n):
            own = {name: Decimal(float(values[name][i])) for name in names}
            ligands = [
                tuple(own[f"{ligand}_{what}"] for what in ("amount", "kd_alpha", "kd_betagamma", "k2"))
                for ligand in ("il2", "drug")
            ]
            alpha, beta = own[f"{cell}_r_alpha"], own[f"{cell}_r_beta"]
            b = _free_beta(alpha, beta, ligands)
            hold = sum((c / kd_a for c, kd_a, _, _ in ligands), Decimal(0))
            weak = sum((c / kd_bg for c, _, kd_bg, _ in ligands), Decimal(0))
            bridge = sum((c / (kd_a * k2) for c, kd_a, _, k2 in ligands), Decimal(0))
            a = alpha / (1 + hold + bridge * b)
            bound = b * (weak + bridge * a)
            for got, true in ((free_beta[i], b), (free_alpha[i], a), (complexes[i], bound)):
                assert abs(Decimal(float(got)) - true) <= Decimal("1e-12") * true
            assert abs(bound + b - beta) <= Decimal("1e-20") * beta


def test_a_blocked_alpha_chain_takes_no_part(human: Model) -> None:
    known = {**human.table.values(), **dict.fromkeys(("il2_amount", "drug_amount"), 1.0)}
    known |= {"treg_r_alpha": 3000.0, "treg_r_beta": 600.0, "partner_amount": 0.0}
    node = [human.network.rules["treg_r_alpha_free"], human.network.rules["occupancy_treg"]]
    none = evaluate(human.network.graph, node, {**known, "alpha_masked": 1.0})
    without = evaluate(human.network.graph, node, {**known, "treg_r_alpha": 0.0})
    assert float(none[0]) == 0.0
    assert float(none[1]) == float(without[1])


@pytest.mark.parametrize("rtol", [1e-4, 1e-8])
def test_balance_does_not_depend_on_the_tolerance(counting: System, human: Model, rtol: float) -> None:
    table = human.table.values()
    values = [[table[name] for name in counting.parameter_ids]]
    schedule = Schedule.build([[(0.0, counting.slot_add("il2_depot"), 7.2)]])
    run = solve(counting, values, schedule, [0.0, 1e-9, 24.0], settings=Settings(rtol=rtol))
    pools = [s for s in counting.state_ids if s.startswith("il2_")]
    inside = sum(run[pool][0] for pool in pools)
    out = sum(run[f"tally_{way}"][0] for way in ("local", "eliminated", "uptake"))
    np.testing.assert_allclose(inside[2] + out[2] - run["tally_secreted"][0, 2], inside[0] + 7.2, rtol=1e-10)
