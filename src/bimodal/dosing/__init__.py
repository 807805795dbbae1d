"""Doses as data: the regimen language, NONMEM-style dose tables, and the schedules they mean."""

from bimodal.dosing.dose import ScheduledDose
from bimodal.dosing.events import EventTable, read_event_table
from bimodal.dosing.expand import expand
from bimodal.dosing.frequency import Every, OnDays
from bimodal.dosing.overlap import overlap_warnings
from bimodal.dosing.parse import parse_regimen
from bimodal.dosing.phase import Gap, Phase, Repeat
from bimodal.dosing.regimen import Regimen
from bimodal.dosing.route import Route
from bimodal.dosing.rule import (
    AtMost,
    GiveDose,
    GiveOnly,
    Hold,
    Leveller,
    Reduce,
    Rule,
    Skip,
    Stop,
    StopAfter,
    StopAtRandom,
    condition_of,
)
from bimodal.dosing.rule_condition import Condition, ThresholdTest
from bimodal.dosing.rule_eras import Era, Threshold, list_eras, load_era
from bimodal.dosing.rule_level import Escalate, NextLevel, Step, Titrate
from bimodal.dosing.rule_parse import parse_rule
from bimodal.dosing.rule_start import Start
from bimodal.dosing.rule_window import Window
from bimodal.dosing.schedule import DoseSchedule
from bimodal.dosing.span import Span

__all__ = [
    "AtMost",
    "Condition",
    "DoseSchedule",
    "Era",
    "Escalate",
    "EventTable",
    "Every",
    "Gap",
    "GiveDose",
    "GiveOnly",
    "Hold",
    "Leveller",
    "NextLevel",
    "OnDays",
    "Phase",
    "Reduce",
    "Regimen",
    "Repeat",
    "Route",
    "Rule",
    "ScheduledDose",
    "Skip",
    "Span",
    "Start",
    "Step",
    "Stop",
    "StopAfter",
    "StopAtRandom",
    "Threshold",
    "ThresholdTest",
    "Titrate",
    "Window",
    "condition_of",
    "expand",
    "list_eras",
    "load_era",
    "overlap_warnings",
    "parse_regimen",
    "parse_rule",
    "read_event_table",
]
