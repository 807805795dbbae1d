"""The process that works out one answer about timing: ``python -m bimodal.app.timing_worker``.

It reads one line of JSON, prints a line for every part that is done and the answer last, and ends when its input does.
Nothing is written to disk and nothing is logged.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from bimodal.app.limits import Limits
from bimodal.app.timing_ask import read_file, read_plans, read_trial
from bimodal.app.worker import end_with_the_server, say
from bimodal.errors import BimodalError
from bimodal.timing.answers import answer_trial, assess_json, plans_plain
from bimodal.timing.plan import plan_sampling
from bimodal.timing.printed import (
    Block,
    assessment_facts,
    assessment_numbers,
    plain_block,
    plans_printed,
    randomised_printed,
    trial_printed,
)
from bimodal.timing.result import Assessment
from bimodal.timing.wording import SAFETY


def assess_file(content: bytes, asked: dict[str, str], limits: Limits) -> dict[str, Any]:
    """Assess every series of a file, and draw the figures of the report.

    ``json`` is the text that ``bimodal timing assess --json`` writes.
    """
    from bimodal.timing.assess import assess

    found = read_file(content, asked, limits).answered()
    answers: list[Assessment] = []
    for series in found:
        say(done=len(answers), total=len(found), what=f"assessing {series.label}")
        answers.append(assess(series))
    verdicts = [_verdict(answer) for answer in answers]
    shown: list[dict[str, Any]] = []
    for k, answer in enumerate(answers):
        say(done=k, total=len(found), what=f"drawing {answer.series.label}", verdicts=verdicts)
        shown.append(_shown(answer))
    return {"safety": SAFETY, "json": assess_json(answers), "series": shown}


def answer_plan(asked: dict[str, str], limits: Limits) -> dict[str, Any]:
    """Say what sampling plans could find; ``json`` is that of ``bimodal timing plan``."""
    plans, series, seed = read_plans(asked, limits)
    answers = [
        plan_sampling(one, series=series, seed=seed, progress=_part(k, len(plans), f"{one.samples} samples"))
        for k, one in enumerate(plans)
    ]
    made = plans_plain(answers, series=series, seed=seed)
    return {"safety": SAFETY, "json": _json(made), "blocks": _blocks(plans_printed(answers))}


def answer_question(asked: dict[str, str], limits: Limits) -> dict[str, Any]:
    """Say what a trial would need; ``json`` is that of ``bimodal timing trial``."""
    reply = answer_trial(read_trial(asked, limits), progress=_part(0, 1, "monitoring"))
    blocks = [*_blocks(trial_printed(reply.trial, reply.monitored)), *_blocks(randomised_printed(reply.randomised))]
    return {"safety": SAFETY, "json": _json(reply.to_dict()), "blocks": blocks}


def _verdict(answer: Assessment) -> dict[str, str]:
    return {"label": answer.series.label, "status": answer.status.value, "sentence": answer.sentence}


def _shown(answer: Assessment) -> dict[str, Any]:
    from bimodal.report.render import to_svg
    from bimodal.report.timing_page import timing_figures, timing_page
    from bimodal.timing.lineup import line_up

    lineup = None if answer.posterior is None else line_up(answer, seed=1)
    drawn = {
        name: (title, caption, to_svg(figure))
        for name, (figure, title, caption) in timing_figures(answer, lineup=lineup).items()
    }
    return {
        **_verdict(answer),
        "numbers": _blocks(assessment_numbers(answer)),
        "facts": _blocks(assessment_facts(answer)),
        "figures": [
            {"name": name, "title": title, "caption": caption, "svg": svg.decode("utf-8")}
            for name, (title, caption, svg) in drawn.items()
        ],
        "key": None if lineup is None else lineup.key,
        "report": timing_page(answer, drawn),
    }


def _part(at: int, of: int, what: str) -> Callable[[int, int, str], None]:
    def tell(done: int, total: int, _what: str) -> None:
        say(done=at * total + done, total=of * total, what=what)

    return tell


def _blocks(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    return [plain_block(block) for block in blocks]


def _json(plain: dict[str, Any]) -> str:
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def main() -> int:
    """Answer what the line asks.

    Returns
    -------
    int
        0, also where what is wrong is said in words.
    """
    raw: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=end_with_the_server, daemon=True).start()
    limits, asked = Limits(**raw["limits"]), raw["asked"]
    try:
        if raw["what"] == "assess":
            answer = assess_file(base64.b64decode(raw["content"]), asked, limits)
        elif raw["what"] == "plan":
            answer = answer_plan(asked, limits)
        else:
            answer = answer_question(asked, limits)
    except BimodalError as fault:
        say(error=str(fault))
    else:
        say(answer=answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
