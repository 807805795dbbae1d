"""A small trial of two arms as a study file."""

STUDY = """
name = "small-trial"
horizon = 400
save_every_days = 14
[population]
cohort = "melanoma"
patients = 16
[[arm]]
name = "high dose"
drug = "aldesleukin"
regimen = "600000 IU/kg IV over 15 min q8h x14, rest 9 days, repeat x2"
era = "registration-1990"
[[arm]]
name = "it's untreated"
regimen = "none"
[[endpoint]]
id = "orr"
[[endpoint]]
id = "os_months"
[[endpoint]]
id = "pfs_months"
[[endpoint]]
id = "treg_fold"
days = [7, 28]
[[endpoint]]
id = "doses_given"
[[endpoint]]
id = "relative_dose_intensity"
[[endpoint]]
id = "time_on_treatment_days"
[[endpoint]]
id = "ttr_months"
[[endpoint]]
id = "ae_rate_any_3"
[[endpoint]]
id = "responder_treg"
when = "treg_fold >= 1.5 and nk_fold < 50 at day 7 or treg_fold > 3 at day 28"
[[endpoint]]
id = "cd8_count"
days = [7]
bootstrap = 500
[[contrast]]
arms = ["high dose", "it's untreated"]
survival = ["os_months", "pfs_months", "ttr_months"]
rmst_months = 12
"""
