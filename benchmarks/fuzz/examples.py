"""Valid texts of every kind, to be changed: those the package and its documentation ship, and some of our own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import bimodal

_ROOT = Path(__file__).parents[2]
_DATA = Path(bimodal.__file__).parent
_BLOCK = re.compile(r"^```toml[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
#: Longer ones say nothing new, and take long.
_LONGEST = 6_000

ANTIMONY = """model washout
  unit time_unit = 3600 second; unit per_hour = 1 / (3600 second);
  compartment body = 2; species drug in body;
  lose: drug -> ; k*drug*body;
  k = 0.1; drug = 5;
end
"""
#: One of everything that libAntimony has a grammar for.
MODULES = """function hill(x, k, n)
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
PROBLEM = """name = "washout"
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
STUDY = """name = "own-study"
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
PROTOCOL = """[protocol]
title = "Natural history of CRP before treatment"
reference = "none"
statement = "research protocol; nobody is dosed, delayed or retimed from this output"
[window]
offset_h = 21
offset_sd_h = 12
offset_source = "assumed"
width_h = 48
doses = 1
every_h = 8
"""
SEARCH = """name = "treg-or-nk"
cohort = "healthy"
patients = 20
days = 28
drugs = ["aldesleukin"]
schedules = ["SC daily for 28 days", "SC q3d for 28 days"]
goals = ["maximise treg_fold day 28", "minimise pstat5_nk peak", "minimise doses_given"]
budget = 50
[dose]
low = 0.25
high = 4
steps = 5
unit = "MIU/m2"
[set]
sc_bioavailability = 0.4
"""
SETTINGS = 'assay_cv = 0.06\nlaboratory = "ours"\nperiods_days = [4.0, 14]\nprior_cycle = "40 %"\n'
FIT = "arm,observable,day,value,sd_log\ndosed,x,1,8.1,0.1\ndosed,x,2,5.5,0.1\n"
DOSES = "id,time,amt,ii,addl,route,unit\n1,0,1,24,6,sc,MIU\n1,240,0.5,0,0,iv,MIU\n2,0,1,24,6,sc,MIU\n"
CRP = "datetime,kind,value,unit\n" + "".join(f"2026-01-{k:02}T08:00+01,crp,{k}.5,mg/L\n" for k in range(1, 9))
OTHER_CRP = (
    "Datum;Uhrzeit;CRP (mg/L)\n" + "".join(f"{k:02}.01.2026;08:10;{k},2\n" for k in range(10, 18)),
    "date\tpatient 1\tpatient 2\n" + "".join(f"2026-03-{k:02} 07:30\t{k}.5\t<0.6\n" for k in range(1, 8)),
    "patient_id,datetime,kind,value,unit,flag,laboratory\np1,2026-01-01T08:00Z,crp,3.1,mg/L,<LOD,a\n"
    "p1,2026-01-02T08:00Z,dose,1,MIU,,a\np1,2026-01-03T08:00Z,crp,4.2,mg/L,,a\n",
)
SUBJECTS = "id,weight_kg,height_cm,covariate.age_years\na,72,180,40\nb,60.5,165,61\n"
OBSERVED = "endpoint,day,statistic,value,n,arm,source\ntreg_fold,30,median,2.1,12,,a table\ntreg_fold,60,above,1,,,\n"
REGIMENS = (
    "250000 IU/kg SC on days 1-5 of 7 for 1 week then 1 MIU/m2 IV over 15 min q8h x14, rest 9 days, repeat x2",
    "1 MIU/m2 SC daily for 28 days",
    "600000 IU/kg IV over 15 min q8h x14, rest 9 days, repeat x2",
    "none",
    "20 mg IV over 30 min once",
)
RULES = (
    "reduce by 25 % if tox_index >= 3 and treg_count > 10",
    "hold if nk_fold >= 4",
    "stop cycle after 2 holds",
    "start rescue if treg_fold < 1.2 at most 2 times",
    "hold if tox_index >= 3 until tox_index < 1",
)
FORMULAS = (
    "-2^4 + log(8, 2) * piecewise(a, b < 3 && c >= 2, exp(-d / 24)) / (1 + min(a, b)^n)",
    "offset + scale * (drug + bound)",
)
GOALS = ("maximise treg_fold day 28", "minimise pstat5_nk peak", "minimise doses_given", "maximise orr")
RESPONDERS = ("treg_fold >= 2 and nk_fold < 1.5 at day 28 or treg_fold > 4 at day 7", "treg_fold >= 2 at day 28")
PARTNERS = ("tofacitinib=0.1 uM", "basiliximab = 10 ug/mL")
ENDPOINTS = ("treg_fold@28,84,cmax", "treg_fold@1.5; auc_tau, orr")
QUERIES = (
    "select arm, day, median(drug) from trajectories where arm = 'one' group by arm, day having count(*) > 1",
    "with a as (select * from patients) select p.*, e.value from a p join endpoints e on e.arm = p.arm limit 5",
)
CARD = '{"run": "0f3a", "seed": 1, "arms": [{"name": "a", "days": [7, 28.5], "drug": null}], "whole": true}'
PHASES = "0.1\n0.5\n0.7\n"


def studies() -> tuple[str, ...]:
    """Return the built-in studies and those of the documentation, the short ones."""
    built_in = (path.read_text("utf-8") for path in sorted((_DATA / "evidence" / "data" / "studies").glob("*.toml")))
    shown = (
        text for text in _documented() if "[population]" in text and "[[arm]]" in text and "[[parameter]]" not in text
    )
    own = ((_ROOT / "examples" / name).read_text("utf-8") for name in ("own_study.toml", "treg_target.toml"))
    return (STUDY, *(text for text in (*own, *built_in, *shown) if len(text) < _LONGEST))


def shipped(room: str, *names: str) -> tuple[str, ...]:
    """Return files of data of a room of the package."""
    return tuple((_DATA / room / "data" / f"{name}.toml").read_text("utf-8") for name in names)


def prediction() -> str:
    """Return a registered prediction with one endpoint, which is unsealed by that."""
    path = next(iter(sorted((_DATA / "evidence" / "data" / "predictions").glob("*every-3-days*.json"))))
    content = json.loads(path.read_text("utf-8"))
    for arm in content["arms"]:
        arm["endpoints"] = [row for row in arm["endpoints"] if row["id"] == "treg_fold"]
    return json.dumps(content)


def batch() -> str:
    """Return the beginning of a batch of predictions."""
    text = (_ROOT / "benchmarks" / "predictions.toml").read_text("utf-8")
    return "\n[[prediction]]".join(text.split("\n[[prediction]]")[:3])


def petab(name: str) -> str:
    """Return a file of the PEtab problem of the examples."""
    return (_ROOT / "examples" / "petab" / name).read_text("utf-8")


def _documented() -> list[str]:
    pages = sorted((_ROOT / "docs").rglob("*.md"))
    return [block for page in pages for block in _BLOCK.findall(page.read_text("utf-8"))]
