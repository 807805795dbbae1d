"""Small PEtab problems of both versions, written by hand, whose courses have closed forms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_MATH = 'xmlns="http://www.w3.org/1998/Math/MathML"'


def conversion(*, events: str = "", more: str = "", assigned: str = "", size: str = "1") -> str:
    """Return SBML of ``A <=> B`` with rates k1 and k2; A begins with a0, B with nothing."""
    constant = "false" if 'variable="body"' in events else "true"
    species = "".join(
        f'<species id="{name}" compartment="body" initialConcentration="0" hasOnlySubstanceUnits="false" '
        'boundaryCondition="false" constant="false"/>'
        for name in "AB"
    )

    def reaction(name: str, source: str, target: str, rate: str) -> str:
        one = '<speciesReference species="{}" stoichiometry="1" constant="true"/>'
        return (
            f'<reaction id="{name}" reversible="false"><listOfReactants>{one.format(source)}</listOfReactants>'
            f"<listOfProducts>{one.format(target)}</listOfProducts><kineticLaw><math {_MATH}><apply><times/>"
            f"<ci>body</ci><ci>{rate}</ci><ci>{source}</ci></apply></math></kineticLaw></reaction>"
        )

    parameters = "".join(
        f'<parameter id="{name}" value="{value}" constant="true"/>' for name, value in (("k1", 9), ("k2", 9), ("a0", 9))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="conversion">'
        f'<listOfCompartments><compartment id="body" spatialDimensions="3" size="{size}" constant="{constant}"/>'
        f"</listOfCompartments><listOfSpecies>{species}</listOfSpecies>"
        f"<listOfParameters>{parameters}{more}</listOfParameters><listOfInitialAssignments>"
        f'<initialAssignment symbol="A"><math {_MATH}><ci>a0</ci></math></initialAssignment>{assigned}'
        "</listOfInitialAssignments><listOfReactions>"
        f"{reaction('forward', 'A', 'B', 'k1')}{reaction('back', 'B', 'A', 'k2')}</listOfReactions>{events}"
        "</model></sbml>"
    )


def event(condition: str, variable: str, value: str) -> str:
    """Return a list of one event; condition and value are content of MathML."""
    return (
        '<listOfEvents><event id="e" useValuesFromTriggerTime="true"><trigger initialValue="false" persistent="true">'
        f"<math {_MATH}>{condition}</math></trigger><listOfEventAssignments>"
        f'<eventAssignment variable="{variable}"><math {_MATH}>{value}</math></eventAssignment>'
        "</listOfEventAssignments></event></listOfEvents>"
    )


PARAMETERS_1 = """parameterId parameterScale lowerBound upperBound nominalValue estimate
k1 log10 1e-3 1e3 0.8 1
k2 log10 1e-3 1e3 0.6 1
a0 lin 0 10 1.0 1
"""
PARAMETERS_2 = """parameterId lowerBound upperBound nominalValue estimate
k1 1e-3 1e3 0.8 true
k2 1e-3 1e3 0.6 true
a0 0 10 1.0 true
"""
OBSERVABLES = "observableId observableFormula noiseFormula\nobs_a A 0.5\n"
FILES_1 = {
    "problem.yaml": "format_version: 1\nparameter_file: parameters.tsv\nproblems:\n- sbml_files: [model.xml]\n"
    "  condition_files: [conditions.tsv]\n  measurement_files: [measurements.tsv]\n"
    "  observable_files: [observables.tsv]\n",
    "model.xml": conversion(),
    "parameters.tsv": PARAMETERS_1,
    "conditions.tsv": "conditionId\nc0\n",
    "observables.tsv": OBSERVABLES,
    "measurements.tsv": "observableId simulationConditionId time measurement\nobs_a c0 0 0.7\nobs_a c0 10 0.1\n",
}
FILES_2 = {
    "problem.yaml": "format_version: 2.0.0\nmodel_files:\n  m:\n    language: sbml\n    location: model.xml\n"
    "parameter_files: [parameters.tsv]\ncondition_files: [conditions.tsv]\nexperiment_files: [experiments.tsv]\n"
    "measurement_files: [measurements.tsv]\nobservable_files: [observables.tsv]\n",
    "model.xml": conversion(),
    "parameters.tsv": PARAMETERS_2,
    "conditions.tsv": "conditionId targetId targetValue\nnothing body 1\n",
    "experiments.tsv": "experimentId time conditionId\ne1 0 _\n",
    "observables.tsv": OBSERVABLES,
    "measurements.tsv": "observableId experimentId time measurement\nobs_a e1 0 0.7\nobs_a e1 10 0.1\n",
}


def write_problem(folder: Path, files: Mapping[str, str], **changed: str) -> Path:
    """Write a problem; spaces become tabs in tables and ``_`` an empty cell. Names of changed files have no ending."""
    for name, text in files.items():
        stem, ending = name.rsplit(".", 1)
        text = changed.get(stem, text)
        if ending == "tsv":
            lines = ([("" if cell == "_" else cell) for cell in line.split(" ")] for line in text.splitlines())
            text = "".join("\t".join(cells) + "\n" for cells in lines)
        (folder / name).write_text(text, "utf-8")
    return folder / "problem.yaml"
