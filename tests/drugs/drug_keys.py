"""Every key that a drug file may have."""

from bimodal.drugs.molecule import Molecule


def drug_keys() -> set[str]:
    schema = Molecule.model_json_schema()
    return {key for part in (schema, *schema["$defs"].values()) for key in part.get("properties", ())}
