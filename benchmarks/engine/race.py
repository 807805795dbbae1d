"""First every solver's settings are tried, then the chosen ones run in turn, round after round."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.accuracy import LIMIT, worst_error
from engine.peer import FloatArray, Peer, Setting
from engine.regimens import REGIMENS, Regimen


@dataclass(frozen=True)
class Trial:
    """One setting of one solver on one regimen: error over ``patients`` patients, time per patient on one core."""

    peer: str
    regimen: str
    setting: Setting
    patients: int
    error: float
    ms: float


@dataclass(frozen=True)
class Entry:
    """A solver as it runs in the rounds; ``trials`` by regimen name."""

    label: str
    peer: Peer
    trials: Mapping[str, Trial]


@dataclass(frozen=True)
class Lap:
    """Milliseconds per patient of one entry in one round."""

    round: int
    label: str
    regimen: str
    cpu_ms: float
    wall_ms: float


def try_settings(
    peer: Peer, parameters: FloatArray, references: Mapping[str, FloatArray], say: Callable[[str], None]
) -> list[Trial]:
    """Run every setting of a solver on every regimen and compare with the reference."""
    trials = []
    for regimen in REGIMENS:
        # a solver that reports the value after a dose at the time of a dose is not blamed for it
        kept = ~regimen.on_a_save if peer.name == "AMICI" else np.ones(len(regimen.on_a_save), bool)
        peer.run(peer.settings[0], regimen, parameters[:8])
        for setting in peer.settings:
            run = peer.run(setting, regimen, parameters[: peer.timed])
            checked = min(peer.checked, peer.timed)
            if peer.checked > peer.timed:
                run = peer.run(setting, regimen, parameters[: peer.checked])
                checked = peer.checked
            error = worst_error(run.values[:checked, kept], references[regimen.name][:checked, kept])
            trial = Trial(peer.name, regimen.name, setting, checked, error, 1e3 * run.cpu_s / len(run.values))
            say(f"{peer.name}, regimen {regimen.name}, {setting.words}: {trial.ms:.2f} ms, error {error:.1e}")
            trials.append(trial)
    return trials


def fastest(trials: Sequence[Trial], regimen: Regimen) -> Trial | None:
    """Return the fastest trial whose error is below the limit."""
    passing = [t for t in trials if t.regimen == regimen.name and t.error < LIMIT]
    return min(passing, key=lambda t: t.ms, default=None)


def run_rounds(entries: Sequence[Entry], rounds: int, parameters: FloatArray, say: Callable[[str], None]) -> list[Lap]:
    """Run all entries in turn, ``rounds`` times: what slows the computer down slows all of them."""
    laps = []
    for number in range(rounds):
        for regimen in REGIMENS:
            for entry in entries:
                trial = entry.trials.get(regimen.name)
                if trial is None:
                    continue
                timed = entry.peer.timed
                run = entry.peer.run(trial.setting, regimen, parameters[:timed])
                count = len(run.values)
                laps.append(Lap(number, entry.label, regimen.name, 1e3 * run.cpu_s / count, 1e3 * run.wall_s / count))
        say(f"round {number + 1} of {rounds} done")
    return laps
