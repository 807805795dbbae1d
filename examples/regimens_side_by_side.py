"""Two regimens of low-dose IL-2 on the same 50 virtual patients: Treg in blood as multiples of the start."""

import numpy as np

import bimodal as bm

REGIMENS = ["1 MIU/m2 SC daily for 14 days", "2 MIU/m2 SC tiw for 14 days"]
DAYS = (3.0, 7.0, 14.0)

result = bm.simulate(REGIMENS, cohort="healthy", patients=50, report_days=DAYS, follow_up_days=1.0)

print("Treg, fold over day 0: median (5 to 95 % of patients)")
for arm in result.arms:
    fold = result.values(arm, "treg_fold")  # (patients, saved times), NaN for a failed patient
    print(arm)
    for day in DAYS:
        at = int(np.flatnonzero(np.isclose(result.days, day))[0])
        low, middle, high = np.nanpercentile(fold[:, at], [5, 50, 95])
        print(f"  day {day:2g}: {middle:.2f} ({low:.2f} to {high:.2f})")

# the same patients stand in every arm, so the difference within each patient can be read
first, second = (result.values(arm, "treg_fold")[:, -1] for arm in result.arms)
print(f"last day, daily over three times a week, median of patients: {np.nanmedian(first / second):.2f}")
