"""Refuses courses that no rule begins, rules that begin none, and what could not be given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bimodal.dosing import DoseSchedule, Start
from bimodal.errors import StudyError
from bimodal.files.suggest import suggest_names
from bimodal.study.rules.rules import ArmRules

if TYPE_CHECKING:
    from bimodal.study.plan.arm import ArmPlan

_MOST_STARTS = 50
_MOST_DOSES = 5000


def refuse_courses(courses: Sequence[ArmPlan], rules: ArmRules | None, schedule: DoseSchedule) -> None:
    """Refuse courses and rules that do not fit each other.

    Parameters
    ----------
    schedule
        Doses of the first drug.
    """
    starts = [rule for rule in (rules.rules if rules is not None else ()) if isinstance(rule, Start)]
    names = [course.course for course in courses]
    for name in names:
        if names.count(name) > 1:
            raise StudyError(f"two partners are called '{name}'", fix="give each a name of its own")
        if name not in [rule.name for rule in starts]:
            raise StudyError(
                f"no rule begins the partner '{name}'",
                fix=f"{suggest_names(name, [rule.name for rule in starts])}; write 'start {name} if …', or take its "
                "name out: it is then given from day 0 on",
            )
    for rule in starts:
        if rule.name not in names:
            raise StudyError(
                f"rule '{rule}' begins '{rule.name}', and no partner of the arm is called so",
                fix=f'{suggest_names(rule.name, names)}; give a partner the key name = "{rule.name}"',
            )
        if not schedule.doses and rule.when.window.every_days is None:
            raise StudyError(
                f"nobody is seen when rule '{rule}' could begin something, because no dose is planned",
                fix="say how often people are seen, for instance 'every 28 days'",
            )
    if sum(rule.instead for rule in starts) > 1:
        raise StudyError("an arm switches once, and two rules say 'switch to'", fix="write 'start' in one of them")
    often = sum(rule.times for rule in starts)
    if often > _MOST_STARTS:
        raise StudyError(
            f"the rules can begin {often} courses in one patient, over {_MOST_STARTS}",
            fix="say 'at most' fewer times: everybody who begins a course is computed once more",
        )
    size = {course.course: len(course.schedule.doses) for course in courses}
    doses = sum(rule.times * size[rule.name] for rule in starts)
    if doses > _MOST_DOSES:
        raise StudyError(
            f"the rules can give {doses} unplanned doses in one patient, over {_MOST_DOSES}",
            fix="shorten the courses, or say 'at most' fewer times",
        )
    for course in courses:
        if not course.schedule.doses:
            raise StudyError(f"the regimen of '{course.course}' gives nothing", fix="give it a dose")
