"""Every reader of a user's text, with a valid example to be broken."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bimodal
from bimodal.cohort.loader import parse_cohort
from bimodal.cohort.subjects import read_subjects
from bimodal.dosing import parse_regimen, read_event_table
from bimodal.dosing.expand import expand
from bimodal.dosing.rule_parse import parse_rule
from bimodal.drugs import load_molecule
from bimodal.files.as_json import parse_json
from bimodal.files.read import FileKind
from bimodal.fit.from_file.problem_file import load_problem_file
from bimodal.fit.from_file.read_measurements import read_measurements
from bimodal.model import parser_apart
from bimodal.model.antimony_text import to_sbml
from bimodal.model.guard import check_antimony
from bimodal.model.sbml_reader import read_sbml
from bimodal.study import parse_study
from bimodal.timing import read_series
from bimodal.timing.config import load_config
from bimodal.units.dose_unit import parse_dose_unit
from fuzz.antimony_forks import AntimonyForks

ANTIMONY = """model washout
  unit time_unit = 3600 second; unit per_hour = 1 / (3600 second);
  compartment body = 2; species drug in body;
  lose: drug -> ; k*drug*body;
  k = 0.1; drug = 5;
end
"""
#: One of everything that libAntimony has a grammar for.
_MODULES = """function hill(x, k, n)
  x^n / (k^n + x^n);
end
model tissue(drug, body)
  unit nd = dimensionless; compartment rim = 0.5; species bound in rim;
  bind: drug -> bound; kon*drug*body; kon = 0.3; bound = 0;
  bound has nd;
end
model *washout()
  unit time_unit = 3600 second; unit per_hour = 1 / (3600 second); unit substance = 1e-9 mole;
  compartment body = 2; species drug in body, $source in body; var effect; const k, high, n;
  lose: drug => $source; k*drug*body/(1 + hill(drug, high, n)); // a comment
  liver: tissue(drug, body); gut: tissue(drug, body); gut.kon = 0.1;
  k = 0.1; k has per_hour; high = 2 nanomole; n = 2; drug = 5 # mean
  effect := piecewise(drug^2, drug < high, high*exp(-time/24));
  course' = effect - 0.5*course; course = 0.25;
  E1: at (time > 2 && drug < 4), t0 = false, priority = 3, persistent = true: drug = drug + 5, n = 3;
  E2: at 1.5 after drug > 6: k = k/2;
  /* two
  lines */
  drug is "the drug"; delete gut.bind;
  A: 2 drug + liver.bound -> 3 drug; k*drug; A is "again";
  drug identity "urn:miriam:chebi:CHEBI%3A1"; x0 = sin(pi/4) + ln(2) - 1e-3;
end
"""
_PROBLEM = """name = "washout"
data = "washout.csv"
model = "washout.xml"
horizon = 2
[population]
patients = 1
[ports]
unit = "nmol"
iv_bolus = "drug"
[[arm]]
name = "dosed"
regimen = "20 nmol IV bolus once"
[[parameter]]
id = "k"
lower = 0.001
upper = 10
start = 1.0
"""
_STUDY = """name = "own-study"
follow_up_days = 7
[population]
cohort = "cgvhd"
patients = 4
[[arm]]
name = "aldesleukin"
drug = "aldesleukin"
regimen = "1 MIU/m2 SC daily for 7 days"
rules = ["hold if tox_index >= 3"]
[[arm]]
name = "with anti-CD25"
drug = "aldesleukin"
regimen = "1 MIU/m2 SC daily for 7 days"
partner = [{drug = "basiliximab", regimen = "20 mg IV over 30 min once"}]
[[endpoint]]
id = "treg_fold"
days = [7, 14]
[[endpoint]]
id = "cmax"
"""
_FIT = "arm,observable,day,value,sd_log\ndosed,x,1,8.1,0.1\ndosed,x,2,5.5,0.1\n"
_DOSES = "id,time,amt,ii,addl,route,unit\n1,0,1,24,6,sc,MIU\n1,240,0.5,0,0,iv,MIU\n2,0,1,24,6,sc,MIU\n"
_CRP = "datetime,kind,value,unit\n" + "".join(f"2026-01-{k:02}T08:00+01,crp,{k}.5,mg/L\n" for k in range(1, 9))
_SUBJECTS = "id,weight_kg,height_cm\na,72,180\nb,60.5,165\n"
_REGIMEN = "250000 IU/kg SC on days 1-5 of 7 for 1 week then 1 MIU/m2 IV over 15 min q8h x14, rest 9 days, repeat x2"
_RULE = "reduce by 25 % if tox_index >= 3 and treg_count > 10"
_CARD = '{"run": "0f3a", "seed": 1, "arms": [{"name": "a", "days": [7, 28.5], "drug": null}], "whole": true}'
#: Files of the readers that take a path; in memory where there is such a folder, as a disk is slower than the readers.
_MEMORY = Path("/dev/shm")
_SCRATCH = (_MEMORY if _MEMORY.is_dir() else Path(tempfile.gettempdir())) / "bimodal-fuzz-doors"
MEGABYTES = 1000.0


@dataclass(frozen=True)
class Door:
    """A reader and a text it takes; one of ``share`` inputs, and the seconds it had other processes work so far."""

    example: str
    read: Callable[[str], Any]
    share: int = 1
    elsewhere: Callable[[], float] = lambda: 0.0


def doors() -> dict[str, Door]:
    """Return the readers by name."""
    _SCRATCH.mkdir(exist_ok=True)
    sbml = to_sbml(ANTIMONY, "", file="x.ant")
    (_SCRATCH / "washout.xml").write_text(sbml)
    (_SCRATCH / "washout.csv").write_text("arm,observable,hour,value,sd_log\ndosed,drug,1,8,0.1\n")
    data = Path(bimodal.__file__).parent
    table: Any = SimpleNamespace(rows=())
    kind = FileKind("the card")

    def file(read: Callable[[Path], Any], ending: str) -> Callable[[str], Any]:
        path = _SCRATCH / f"fuzzed{ending}"

        def write_and_read(text: str) -> Any:
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
            return read(path)

        return write_and_read

    forks, own = AntimonyForks(MEGABYTES), parser_apart.subprocess

    def antimony(text: str, apart: Any) -> Any:
        parser_apart.subprocess = apart
        try:
            return read_sbml(to_sbml(text, "", file="x.ant"), file="x.ant")
        finally:
            parser_apart.subprocess = own

    forked: Any = SimpleNamespace(run=forks.run, TimeoutExpired=own.TimeoutExpired)
    return {
        "study": Door(_STUDY, lambda text: parse_study(text, where="x.toml")),
        "drug": Door((data / "drugs" / "data" / "aldesleukin.toml").read_text("utf-8"), file(load_molecule, ".toml")),
        "cohort": Door(
            (data / "cohort" / "data" / "healthy.toml").read_text("utf-8"),
            lambda text: parse_cohort(text.encode("utf-8", "surrogatepass"), "x.toml"),
        ),
        "problem": Door(_PROBLEM, file(load_problem_file, ".toml")),
        "settings": Door(
            'assay_cv = 0.06\nlaboratory = "ours"\nperiods_days = [4.0, 14]\nprior_cycle = "40 %"\n',
            file(load_config, ".toml"),
        ),
        "doses": Door(_DOSES, file(read_event_table, ".csv")),
        "fit data": Door(_FIT, file(lambda path: read_measurements(path, {"x": "1"}), ".csv")),
        "CRP": Door(_CRP, file(read_series, ".csv")),
        "subjects": Door(_SUBJECTS, file(lambda path: read_subjects(path, table), ".csv")),
        "regimen": Door(_REGIMEN, lambda text: expand(parse_regimen(text))),
        "rule": Door(_RULE, parse_rule),
        "unit": Door("MIU/m2", parse_dose_unit),
        "Antimony guard": Door(ANTIMONY, lambda text: check_antimony(text, "x.ant")),
        "Antimony": Door(ANTIMONY, lambda text: antimony(text, forked), share=5, elsewhere=lambda: forks.seconds),
        "Antimony modules": Door(
            _MODULES, lambda text: antimony(text, forked), share=10, elsewhere=lambda: forks.seconds
        ),
        "Antimony by process": Door(_MODULES, lambda text: antimony(text, own), share=100),
        "SBML": Door(sbml, lambda text: read_sbml(text, file="x.xml")),
        "run.json": Door(_CARD, lambda text: parse_json(text, kind, where="run.json")),
    }
