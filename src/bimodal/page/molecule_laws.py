"""Which parameter of a model each number of a drug file sets, as data, so that a page need not know the laws itself.

Every law is a list of cases. A case holds where the file has all of its ``if`` and none of its ``unless``, and gives
``factor`` times the numbers in ``times`` over those in ``over``; numbers in ``and_times`` and ``and_over`` count only
where the file has them. The first case that holds counts. A number stands in the unit of `KEYS`; ``KEY.value`` is it as
written, ``KEY.native`` that of native IL-2 in the same assay. The laws themselves are those of
`bimodal.study.solver.molecule`; tests hold both against each other on random molecules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bimodal.drugs.partner import NO_BINDING_NM
from bimodal.study.solver.molecule import PK_UNITS
from bimodal.units.amounts import ACTIVITY, MASS_MG, MOLES_NMOL

Case = dict[str, Any]
Law = dict[str, list[Case]]

_ALPHA, _BETAGAMMA, _SECOND = "affinity.ka_nM", "affinity.kbg_nM", "affinity.k2_per_cell"


def case(factor: float = 1.0, **parts: list[str]) -> Case:
    """Make a case of a law.

    Examples
    --------
    >>> case(2.0, times=["efficacy"])["times"]
    ['efficacy']
    """
    empty: Case = {"if": [], "unless": [], "times": [], "over": [], "and_times": [], "and_over": []}
    return {**empty, "factor": factor, **{name.removesuffix("_"): keys for name, keys in parts.items()}}


def binding_laws(native: Mapping[str, float]) -> Law:
    """Give the laws of the four numbers by which an engineered molecule binds and signals.

    Parameters
    ----------
    native
        Parameters of native IL-2, as ``il2_kd_alpha``.

    Examples
    --------
    >>> native = {"il2_kd_alpha": 10.0, "il2_kd_betagamma": 1.0, "il2_k2": 850.0}
    >>> [one["factor"] for one in binding_laws(native)["kd_alpha"]]
    [1.0, 10.0, 1.0, 1000000000.0]
    """
    known = {name: native[f"il2_{name}"] for name in ("kd_alpha", "kd_betagamma", "k2")}
    heads = {name: [f"avidity.{name}"] for name in ("alpha", "betagamma", "k2")}

    def measured(key: str, of_native: float, tighter: list[str]) -> list[Case]:
        ratio = {"times": [f"{key}.value"], "over": [f"{key}.native"]}
        return [
            case(of_native, if_=[f"{key}.native"], and_over=tighter, **ratio),
            case(if_=[key], times=[key], and_over=tighter),
        ]

    second = [
        *measured(_SECOND, known["k2"], heads["k2"]),
        case(known["k2"], if_=["affinity.alpha"], and_over=heads["k2"]),
        *measured(_BETAGAMMA, known["k2"], heads["k2"]),
        case(known["k2"], and_over=heads["k2"]),
    ]
    second[4]["factor"] = known["k2"] / known["kd_betagamma"]  # a constant without native's is set against the model's
    return {
        "kd_alpha": [
            case(if_=["exchange.kd_nM"], times=["exchange.kd_nM"], and_over=heads["alpha"]),
            *measured(_ALPHA, known["kd_alpha"], heads["alpha"]),
            case(NO_BINDING_NM),
        ],
        "kd_betagamma": [
            *measured(_BETAGAMMA, known["kd_betagamma"], heads["betagamma"]),
            case(NO_BINDING_NM, and_over=heads["betagamma"]),
        ],
        "k2": second,
        "efficacy": [case(times=["efficacy"])],
    }


def engineered_laws(defaults: Mapping[str, float]) -> Law:
    """Give the laws of every parameter that an engineered molecule sets in a model.

    Parameters
    ----------
    defaults
        Value of every parameter of the model.

    Returns
    -------
    dict
        Parameter to cases; where none holds the model's own number stands.

    Examples
    --------
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> "drug_clearance" in engineered_laws(load_solver("human").defaults)
    True
    """
    moves = {f"drug_{name}": [case(if_=[f"pk.{name}"], times=[f"pk.{name}"])] for name in PK_UNITS}
    moves["drug_k_out"].append(case(0.0))
    released = {
        "drug_release": [case(if_=["release.rate"], times=["release.rate"])],
        "drug_inactive_clearance": [case(if_=["release.inactive_clearance"], times=["release.inactive_clearance"])],
    }
    return {**{f"drug_{name}": cases for name, cases in binding_laws(defaults).items()}, **released, **moves}


def dose_laws() -> Law:
    """Give the laws of the nmol of IL-2 in one of every flat unit; no case holds where the unit means no amount.

    Examples
    --------
    >>> len(dose_laws()["mg conjugate"])
    1
    """
    whole, count = "conjugate.molar_mass", "conjugate.il2_per_conjugate"
    active = {"times": ["potency.mass_mg"], "over": ["potency", "molar_mass"]}
    found: Law = {unit: [case(iu * 1e6, if_=["potency"], **active)] for unit, iu in ACTIVITY.items()}
    roche = {"if_": ["potency", "roche_unit"], "times": ["potency.mass_mg", "roche_unit"]}
    found["Roche U"] = [case(1e6, **{**active, **roche})]
    for unit, each in {**MASS_MG, **MOLES_NMOL}.items():
        if unit == "cells":
            continue
        mass = unit in MASS_MG
        factor, over = (each * 1e6, [["molar_mass"], [whole]]) if mass else (each, [[], []])
        found[unit] = [case(factor, over=over[0], unless=[whole])]
        found[f"{unit} IL-2"] = [case(factor, over=over[0])]
        found[f"{unit} conjugate"] = [case(factor, if_=[whole], over=over[1], and_times=[count])]
    return found
