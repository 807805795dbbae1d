"""What a drug file may hold, as data for a page: keys with limits and units, and what does not go together.

The rules are those of `bimodal.drugs`, in its words; tests hold both against each other on random molecules.
"""

from __future__ import annotations

from typing import Any

from bimodal.drugs.varied import LARGEST_CV
from bimodal.units import convert
from bimodal.units.amounts import ACTIVITY

#: Units a page reads, by the unit of the model; the desk reads more.
_UNITS = {
    "nM": ("pM", "uM"),
    "1/h": ("1/day", "1/min"),
    "L/h": ("mL/h", "mL/min", "L/day"),
    "L": ("mL",),
    "g/mol": ("kg/mol",),
    "1": ("%",),
}
_ACTIVITY = {unit: ACTIVITY[unit] for unit in ("IU", "kIU", "MIU")}
_BINDS = ("affinity", "avidity", "exchange", "efficacy", "release", "pk")
_OF_PK = ("clearance", "v_plasma", "k_out", "k_back", "sc_transfer", "sc_bioavailability")
_AT_LEAST_1 = {"least": 1.0, "limit": "avidity is a factor of at least 1, by which dissociation constants are divided"}
_AT_MOST_1 = {"most": 1.0, "limit": "sc_bioavailability is a fraction, at most 1"}
#: Key, unit, words, and what else holds of it: ``least`` and ``most`` in that unit, and the words for it.
_KEYS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("molar_mass", "g/mol", "Molar mass of the IL-2 part", {}),
    ("conjugate.molar_mass", "g/mol", "Molar mass of the whole conjugate", {}),
    ("conjugate.il2_per_conjugate", "1", "IL-2 in a conjugate", {}),
    ("potency", "IU", "Declared potency", {}),
    ("roche_unit", "IU", "IU in a Roche unit", {}),
    ("affinity.ka_nM", "nM", "KD for CD25 (alpha)", {}),
    ("affinity.kbg_nM", "nM", "KD for beta-gamma", {}),
    ("affinity.k2_per_cell", "molecule/cell", "Second step on the cell", {}),
    ("avidity.alpha", "1", "Gain of two heads, CD25", _AT_LEAST_1),
    ("avidity.betagamma", "1", "Gain of two heads, beta-gamma", _AT_LEAST_1),
    ("avidity.k2", "1", "Gain of two heads, second step", _AT_LEAST_1),
    ("exchange.kd_nM", "nM", "Complex that gives half of CD25 its IL-2", {}),
    ("efficacy", "1", "Signal of a bound complex", {}),
    ("release.rate", "1/h", "Release of the active form", {}),
    ("release.inactive_clearance", "L/h", "Clearance of the inactive form", {}),
    ("pk.clearance", "L/h", "Clearance, without receptors", {}),
    ("pk.v_plasma", "L", "Volume of plasma", {}),
    ("pk.k_out", "1/h", "Rate to the periphery", {}),
    ("pk.k_back", "1/h", "Rate back from it", {}),
    ("pk.sc_transfer", "1/h", "Absorption from under the skin", {}),
    ("pk.sc_bioavailability", "1", "Share of an SC dose that arrives", _AT_MOST_1),
)


def key_data() -> list[dict[str, Any]]:
    """List the numbers of a molecule of IL-2: unit, words, limits, and the units they may be written in.

    Examples
    --------
    >>> next(row["units"]["pM"] for row in key_data() if row["key"] == "affinity.ka_nM")
    0.001
    """
    return [
        {
            "key": key,
            "unit": unit,
            "label": label,
            "units": dict(_ACTIVITY) if key == "potency" else _factors(unit),
            "native": key.startswith("affinity."),
            "cv": LARGEST_CV if key.startswith("pk.") else 0.0,
            **limits,
        }
        for key, unit, label, limits in _KEYS
    ]


def _factors(unit: str) -> dict[str, float]:
    """Say how much of a unit one of every other is, the unit itself first."""
    return {unit: 1.0, **{other: float(f"{convert(1.0, other, unit):.15g}") for other in _UNITS.get(unit, ())}}


def rule_data() -> list[dict[str, Any]]:
    """List what does not go together in a file: a fault where it has all of ``if`` and none of ``unless``.

    Marks are dotted keys that a file has, tables included, and ``ligand.native`` and the like.

    Examples
    --------
    >>> [rule["says"] for rule in rule_data() if rule["key"] == "pk.k_out"]
    ['k_out without k_back: give both, or neither for one compartment']
    """
    rules: list[dict[str, Any]] = []

    def refuse(key: str, says: str, *marks: str, unless: tuple[str, ...] = ()) -> None:
        rules.append({"key": key, "says": says, "if": list(marks), "unless": list(unless)})

    for number, word, chain in (("ka_nM", "alpha", "CD25"), ("kbg_nM", "betagamma", "beta-gamma")):
        says = f'either {number} or {word} = "none", not both: it binds {chain} or it does not'
        refuse(f"affinity.{word}", says, f"affinity.{number}", f"affinity.{word}")
    for word in ("alpha", "betagamma"):
        says = 'source is missing: say where it is shown that it does not bind ("none")'
        refuse("affinity.source", says, f"affinity.{word}", unless=("affinity.source",))
    says = "a molecule that binds neither CD25 nor beta-gamma does nothing"
    refuse("affinity.betagamma", says, "affinity.alpha", "affinity.betagamma")
    says = "k2_per_cell has no meaning for a molecule that does not bind CD25: remove it"
    refuse("affinity.k2_per_cell", says, "affinity.alpha", "affinity.k2_per_cell")
    says = "give alpha, betagamma or k2"
    refuse("avidity.alpha", says, "avidity", unless=("avidity.alpha", "avidity.betagamma", "avidity.k2"))
    for name in _OF_PK:
        says = f"human says that there are no numbers, yet {name} is one: remove either"
        refuse("pk.human", says, "pk.human", f"pk.{name}")
    for one, other in (("k_out", "k_back"), ("k_back", "k_out")):
        says = f"{one} without {other}: give both, or neither for one compartment"
        refuse(f"pk.{one}", says, f"pk.{one}", unless=(f"pk.{other}",))
    for table, name in (("release", "rate"), ("release", "inactive_clearance"), ("conjugate", "molar_mass")):
        refuse(f"{table}.{name}", f"{table}.{name} is missing", table, unless=(f"{table}.{name}",))
    refuse("exchange.kd_nM", "exchange.kd_nM is missing", "exchange", unless=("exchange.kd_nM",))
    refuse("molar_mass", "molar_mass is missing", unless=("molar_mass",))
    for key in _BINDS:
        says = f"{key} of a native molecule is the model's own: leave it out, or make it engineered"
        refuse(key, says, "ligand.native", key)
    refuse("valency", "a bivalent molecule needs its avidity", "valency.2", unless=("avidity",))
    says = "avidity is of bivalent molecules: give valency = 2, or leave avidity out"
    refuse("avidity", says, "avidity", unless=("valency.2",))
    _binding(refuse)
    return rules


def _binding(refuse: Any) -> None:
    """Refuse an engineered molecule that does not say how it binds, or says it twice."""
    its = "ligand.engineered"
    says = "avidity.k2 has no meaning for a molecule that does not bind CD25: remove it"
    refuse("avidity.k2", says, its, "affinity.alpha", "avidity.k2")
    for table in ("affinity", "efficacy"):
        refuse("ligand", f"an engineered molecule needs its {table}", its, unless=(table,))
    for own in ("ka_nM", "alpha", "kbg_nM", "k2_per_cell"):
        says = "a complex that exchanges on CD25 binds it by exchange.kd_nM, and beta-gamma as native IL-2 after"
        refuse(f"affinity.{own}", f"{says}: leave {own} out", its, "exchange", f"affinity.{own}")
    says = 'a complex that exchanges on CD25 needs betagamma = "none" in [affinity]'
    refuse("affinity", says, its, "exchange", "affinity", unless=("affinity.betagamma",))
    says = 'betagamma = "none" needs [exchange]: without it the molecule gives no signal'
    refuse("affinity.betagamma", says, its, "affinity.betagamma", unless=("exchange",))
    for number, word in (("ka_nM", "alpha"), ("kbg_nM", "")):
        instead = f', or {word} = "none"' if word else ""
        says = f"affinity.{number} is missing: give it with its source{instead}"
        without = (f"affinity.{number}", f"affinity.{word or 'betagamma'}", "exchange")
        refuse(f"affinity.{number}", says, its, "affinity", unless=without)
