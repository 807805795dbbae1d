"""Exchange: models and studies in the formats of other tools."""

from bimodal.exchange.sbml import export_sbml, id_map, to_sbml

__all__ = ["export_sbml", "id_map", "to_sbml"]
