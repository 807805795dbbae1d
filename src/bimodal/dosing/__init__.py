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
from bimodal.dosing.schedule import Schedule
from bimodal.dosing.span import Span

__all__ = [
    "EventTable",
    "Every",
    "Gap",
    "OnDays",
    "Phase",
    "Regimen",
    "Repeat",
    "Route",
    "Schedule",
    "ScheduledDose",
    "Span",
    "expand",
    "overlap_warnings",
    "parse_regimen",
    "read_event_table",
]
