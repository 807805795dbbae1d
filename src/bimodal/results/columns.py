"""Columns of the exported tables: their plain name, the name a statistician knows, what they are, and their unit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ExportColumn:
    """One column of an exported table.

    Parameters
    ----------
    name, adam
        Plain name, and the one in the manner of CDISC ADaM.
    unit
        Empty where there is none.
    """

    name: str
    adam: str
    label: str
    unit: str = ""


_WHO = (
    ExportColumn("study", "STUDYID", "name of the study"),
    ExportColumn("subject", "USUBJID", "one virtual patient in one arm"),
    ExportColumn("person", "SUBJID", "number of the virtual person from 0; the same person may be in every arm"),
    ExportColumn("arm", "TRT01A", "name of the arm"),
)
#: Only of weighted patients.
WEIGHT = ExportColumn("weight", "SIMWT", "for how many patients of the weighted population this one stands")
#: What a column of the patients is called and what it is; covariates that are not here keep their own name.
COVARIATES = {
    "age_years": ExportColumn("age_years", "AGE", "age", "year"),
    "female": ExportColumn("female", "SEX", "F female, M male"),
    "weight_kg": ExportColumn("weight_kg", "WEIGHTBL", "body weight at baseline", "kg"),
    "height_cm": ExportColumn("height_cm", "HEIGHTBL", "height", "cm"),
    "bsa_m2": ExportColumn("bsa_m2", "BSABL", "body surface area", "m2"),
    "weight": WEIGHT,
    "egfr_ml_min": ExportColumn("egfr_ml_min", "EGFRBL", "estimated glomerular filtration rate", "mL/min"),
}
PATIENT = (
    *_WHO,
    ExportColumn("failed", "SIMFAIL", "Y: the simulation of this patient failed, and nothing is known of the course"),
    ExportColumn("drug", "TRTDRUG", "first drug of the arm"),
    ExportColumn("regimen", "TRTREG", "regimen of the arm as written"),
)
GIVEN = (
    ExportColumn("doses_planned", "NDOSEP", "doses planned of the first drug"),
    ExportColumn("doses_given", "NDOSEG", "doses given of the first drug, reduced ones included"),
    ExportColumn("relative_dose_intensity", "RDI", "amount given over amount planned"),
    ExportColumn(
        "time_on_treatment_days", "TRTDURD", "days from the first scheduled dose to the last dose given", "day"
    ),
)
RECORDED = (
    ExportColumn("best_response", "BOR", "best response: CR, PR, SD, PD, NE (not evaluable)"),
    ExportColumn("response_day", "RSPDY", "day of the first scan of the response", "day"),
    ExportColumn("progression_day", "PROGDY", "day of the scan that shows progression", "day"),
    ExportColumn("death_day", "DTHDY", "day of death; empty while alive at the end of follow-up", "day"),
    ExportColumn("death_cause", "DTHCAUS", "disease or treatment"),
)
EVENTS = (
    *_WHO,
    ExportColumn("parameter", "PARAMCD", "OS overall survival, PFS progression-free survival, TTR time to response, "
                 "DOR duration of response (TTR and DOR of responders)"),
    ExportColumn("label", "PARAM", "the same in words"),
    ExportColumn("value", "AVAL", "time to the event or to the end of follow-up", "day"),
    ExportColumn("unit", "AVALU", "unit of the time"),
    ExportColumn("censored", "CNSR", "0: the event was seen; 1: censored"),
)  # fmt: skip
VALUES = (
    *_WHO,
    ExportColumn("parameter", "PARAMCD", "id of the observable (bimodal list endpoints)"),
    ExportColumn("label", "PARAM", "the same in words"),
    ExportColumn("day", "ADY", "elapsed days since the first scheduled dose; day 0 is before it", "day"),
    ExportColumn("value", "AVAL", "value on that day; empty where there is none"),
    ExportColumn("unit", "AVALU", "unit of the value; 1 for none"),
    ExportColumn("baseline", "BASE", "the patient's value at day 0"),
    ExportColumn("change", "CHG", "value minus baseline"),
)
DOSES = (
    *_WHO,
    ExportColumn("drug", "EXTRT", "what was given"),
    ExportColumn("dose", "EXSEQ", "number of the dose of the drug, from 1; unplanned doses are counted on"),
    ExportColumn("cycle", "EXCYCLE", "cycle of the regimen, from 1"),
    ExportColumn("day", "EXSTDY", "elapsed day of the start", "day"),
    ExportColumn("route", "EXROUTE", "sc, iv_bolus, iv_infusion or ip"),
    ExportColumn("hours", "EXDURH", "duration of an infusion", "hour"),
    ExportColumn("regimen_dose", "EXPDOSE", "dose as the regimen says it"),
    ExportColumn("regimen_unit", "EXPDOSU", "unit of that dose"),
    ExportColumn("planned", "EXPAMT", "amount planned for this patient, in `unit`; 0 for a dose nobody planned"),
    ExportColumn("given", "EXAMT", "amount given, in `unit`"),
    ExportColumn("unit", "EXAMTU", "unit of planned and given"),
    ExportColumn("why", "EXADJ", "as planned, or the visit rule that changed the dose or began it"),
)
