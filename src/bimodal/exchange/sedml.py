"""A SED-ML document: the same time course of several models, its values as one report, each quantity as a plot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

#: Namespace of SED-ML Level 1 Version 3, which more tools read than later versions.
SEDML = "http://sed-ml.org/sed-ml/level1/version3"
_SBML = "http://www.sbml.org/sbml/level3/version{}/core"
_MATHML = "http://www.w3.org/1998/Math/MathML"
_XHTML = "http://www.w3.org/1999/xhtml"
_TIME = "urn:sedml:symbol:time"
#: CVODE, and its relative and absolute tolerance, in the ontology of algorithms (KiSAO).
_CVODE, _RTOL, _ATOL = "KISAO:0000019", "KISAO:0000209", "KISAO:0000211"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class SedmlArm:
    """A model that is run.

    Parameters
    ----------
    id, name
        Of the arm; the id is one of SED-ML.
    file
        Its SBML document, beside the SED-ML document.
    version
        Of SBML Level 3.
    parameters
        By name of what is read off: the parameter of the document that it is.
    """

    id: str
    name: str
    file: str
    version: int
    parameters: Mapping[str, str]


def sedml_text(
    title: str,
    arms: Sequence[SedmlArm],
    labels: Mapping[str, str],
    *,
    end: float,
    steps: int,
    rtol: float,
    atol: float,
    notes: Sequence[str] = (),
) -> str:
    """Write what is simulated and shown.

    Parameters
    ----------
    labels
        Names for people of what is read off, by its name.
    end, steps
        Of the time course, from 0 in the unit of the models, and in how many equal steps.
    notes
        Sentences for whoever reads the document.

    Examples
    --------
    >>> arm = SedmlArm("arm1", "low & high", "arm1.xml", 2, {"x": "x"})
    >>> text = sedml_text("mine", [arm], {"x": "x [nM]"}, end=24.0, steps=24, rtol=1e-8, atol=1e-12)
    >>> 'name="low &amp; high"' in text
    True

    References
    ----------
    F.T. Bergmann et al., Simulation Experiment Description Markup Language (SED-ML) Level 1 Version 3, J Integr
    Bioinform 2018;15(1):20170086.
    """
    version = arms[0].version if arms else 2
    spaces = {"xmlns": SEDML, "xmlns:sbml": _SBML.format(version), "level": "1", "version": "3"}
    root = ElementTree.Element("sedML", spaces)
    if notes:
        body = _add(_add(root, "notes"), "body", xmlns=_XHTML)
        for sentence in notes:
            _add(body, "p").text = clean_text(sentence)
    course = _add(
        _add(root, "listOfSimulations"),
        "uniformTimeCourse",
        id="course",
        initialTime="0",
        outputStartTime="0",
        outputEndTime=repr(float(end)),
        numberOfPoints=str(steps),
    )
    settings = _add(_add(course, "algorithm", kisaoID=_CVODE), "listOfAlgorithmParameters")
    _add(settings, "algorithmParameter", kisaoID=_RTOL, value=repr(rtol))
    _add(settings, "algorithmParameter", kisaoID=_ATOL, value=repr(atol))
    models, tasks = _add(root, "listOfModels"), _add(root, "listOfTasks")
    for arm in arms:
        language = f"urn:sedml:language:sbml.level-3.version-{arm.version}"
        _add(models, "model", id=f"{arm.id}_model", name=arm.name, language=language, source=arm.file)
        task = {"id": f"{arm.id}_task", "name": arm.name, "modelReference": f"{arm.id}_model"}
        _add(tasks, "task", **task, simulationReference="course")
    generators = _add(root, "listOfDataGenerators")
    for arm in arms:
        _generator(generators, arm, "time", "time", symbol=_TIME)
        for name, parameter in arm.parameters.items():
            path = f"/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter[@id='{parameter}']"
            _generator(generators, arm, f"of_{name}", f"{arm.name}: {labels[name]}", target=path)
    outputs = _add(root, "listOfOutputs")
    _report(outputs, title, arms, labels)
    for name, label in labels.items():
        curves = _add(_add(outputs, "plot2D", id=f"plot_of_{name}", name=label), "listOfCurves")
        for arm in arms:
            _add(
                curves,
                "curve",
                id=f"curve_of_{arm.id}_{name}",
                name=arm.name,
                logX="false",
                logY="false",
                xDataReference=f"{arm.id}_time",
                yDataReference=f"{arm.id}_of_{name}",
            )
    return xml_text(root)


def clean_text(text: str) -> str:
    r"""Replace the characters that XML does not allow at all.

    Examples
    --------
    >>> clean_text("a\x00b")
    'a?b'
    """
    return _FORBIDDEN.sub("?", text)


def xml_text(root: ElementTree.Element) -> str:
    """Write a tree as an XML document, indented."""
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add(parent: ElementTree.Element, tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, {name: clean_text(value) for name, value in attributes.items()})


def _generator(parent: ElementTree.Element, arm: SedmlArm, name: str, label: str, **what: str) -> None:
    generator = _add(parent, "dataGenerator", id=f"{arm.id}_{name}", name=label)
    variable = f"value_{arm.id}_{name}"
    _add(_add(generator, "listOfVariables"), "variable", id=variable, taskReference=f"{arm.id}_task", **what)
    _add(_add(generator, "math", xmlns=_MATHML), "ci").text = variable


def _report(outputs: ElementTree.Element, title: str, arms: Sequence[SedmlArm], labels: Mapping[str, str]) -> None:
    sets = _add(_add(outputs, "report", id="report", name=title), "listOfDataSets")
    for arm in arms:
        columns = {"time": "time", **{f"of_{name}": labels[name] for name in arm.parameters}}
        for name, label in columns.items():
            own = f"{arm.id}_{name}"
            _add(sets, "dataSet", id=f"column_{own}", label=f"{arm.name}: {label}", dataReference=own)
