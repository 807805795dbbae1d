"""The module `receptors` of level L2 in a dish, with every constant an input, as the human model would use it."""

from __future__ import annotations

from functools import cache

from bimodal.engine import System
from bimodal.model import Network
from bimodal.model.antimony_text import to_sbml
from bimodal.model.level import shipped
from bimodal.model.sbml_reader import read_sbml
from bimodal.model.short_form import write_out
from bimodal.model.short_lines import Source

#: What the authors' constants are in the parameters of the module.
NATIVE = {"kd_alpha": 10.0, "kd_betagamma": 0.32152070246705267, "k2": 20.508961591831994}
OUTPUTS = ("activation", "il2_uptake", "drug_uptake", "cd25", "occupancy")

TEXT = """
model *module_dish()
  unit time_unit = 3600 second; unit extent = 1e-9 mole; unit substance = 1e-9 mole; unit volume = litre;
  unit nd = dimensionless; unit molecule = item; unit molecule_per_hour = item / (3600 second); unit nM = 1e-9 mole / litre;
  il2 = 0; il2 has nM; drug = 0; drug has nM;
  il2_kd_alpha = 10; il2_kd_alpha has nM; il2_kd_betagamma = {kd_betagamma}; il2_kd_betagamma has nM;
  il2_k2 = {k2}; il2_k2 has molecule; il2_efficacy = 1; il2_efficacy has nd;
  drug_kd_alpha = 10; drug_kd_alpha has nM; drug_kd_betagamma = {kd_betagamma}; drug_kd_betagamma has nM;
  drug_k2 = {k2}; drug_k2 has molecule; drug_efficacy = 1; drug_efficacy has nd;
  alpha_blocked = 0; alpha_blocked has nd; induced = 1; induced has nd;
  alpha_rest = 3475.800824815862; alpha_rest has molecule; beta_rest = 657.0093389934596; beta_rest has molecule;
  unused = 0; unused has nd;
  gamma_rest = 14016.556258792583; gamma_rest has molecule;
  var activation, il2_uptake, drug_uptake, cd25, occupancy;
  activation has nd; il2_uptake has molecule_per_hour; drug_uptake has molecule_per_hour; cd25 has molecule; occupancy has nd;
  r: receptors(il2, il2_kd_alpha, il2_kd_betagamma, il2_k2, il2_efficacy, drug, drug_kd_alpha, drug_kd_betagamma, drug_k2, drug_efficacy, unused, unused, alpha_blocked, unused, unused, unused, unused, unused, induced, alpha_rest, beta_rest, activation, il2_uptake, drug_uptake, cd25, occupancy);
  r.gamma_rest = gamma_rest;
end
""".format(**NATIVE)  # noqa: E501


@cache
def module_network() -> Network:
    """Return the dish around the module."""
    text = write_out([*shipped(["receptors_mass_action.ant"]), Source("module_dish", TEXT)])
    return read_sbml(to_sbml(text, "module_dish", file="module_dish"), file="module_dish")


@cache
def module_system() -> System:
    """Return its system; outputs are those of the module, then all states."""
    network = module_network()
    names = (*OUTPUTS, *network.state_ids)
    return network.system([(n, n) for n in names], settable=["il2", "drug", "induced"], nonnegative=network.state_ids)


def module_row(**changes: float) -> list[float]:
    """Return the parameters of one cell."""
    values = {constant.id: constant.value for constant in module_network().constants}
    assert set(changes) <= set(values)
    return list({**values, **changes}.values())
