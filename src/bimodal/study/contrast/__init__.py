"""Arms set against each other, person by person, with intervals and the phase of dosing."""
