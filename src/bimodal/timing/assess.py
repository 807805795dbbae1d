"""The question asked of a series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bimodal.errors import TimingError
from bimodal.timing.components import phase_posterior
from bimodal.timing.decide import decide, sentence
from bimodal.timing.grid import Design, GridLikelihood, grid_likelihood
from bimodal.timing.hypotheses import Prior
from bimodal.timing.level import mean_level
from bimodal.timing.posterior import PeriodPosterior, Posterior
from bimodal.timing.quality import check
from bimodal.timing.result import Assessment
from bimodal.timing.sensitivity import Sensitivity, other_priors
from bimodal.timing.series import ASSAY_SD, Series
from bimodal.timing.undisturbed import undisturbed
from bimodal.timing.weigh import default_weights, h1_log_joint, log_evidences, log_sum
from bimodal.timing.wording import WINNERS_CURSE

MOST_SAMPLES = 150
MOST_DAYS = 200.0
_BLOCK = 100
_FIRST_SHARE = 0.75
_LEAST_FIRST = 10
_POINTS = 2000
_POINTS_MANY = 500


def assess(series: Series, *, prior: Prior | None = None) -> Assessment:
    """Ask one series whether it holds a persistent cycle.

    Noise that remembers, noise that clearance smooths and rhythms that forget all pass for cycles by eye; the answer
    therefore weighs a cycle against them, exactly on a grid, and says NO_EVIDENCE where it must.

    Samples after the first dose are left out, and after a disturbance unless the series gives it a pulse.

    Raises
    ------
    TimingError
        More than 150 usable samples or 200 days.

    Examples
    --------
    >>> from bimodal.timing.simulate_series import sample_days, simulate_series
    >>> made = simulate_series("white", sample_days("7 in 12 d", 1), seed=1, index=0)
    >>> assess(made.series).status.value
    'INSUFFICIENT_DATA'

    References
    ----------
    C. E. Rasmussen, C. K. I. Williams, "Gaussian Processes for Machine Learning", 2006, chapter 5 (evidence);
    D. M. Vigushin, M. B. Pepys, P. N. Hawkins, J Clin Invest 1993;91:1351 (clearance of CRP).
    """
    believed = Prior() if prior is None else prior
    _check_prior(believed)
    used = undisturbed(series)
    quality = check(series, used)
    level = mean_level(used)
    warnings = [finding.what for finding in quality.findings] + list(series.notes)
    if not quality.sufficient:
        status = decide(None, sufficient=False)
        return Assessment(
            used, series, quality, status, sentence(status, None), None, believed, None, level, tuple(warnings)
        )
    if used.n > MOST_SAMPLES or used.span_days > MOST_DAYS:
        raise TimingError(
            f"{used.n} samples over {used.span_days:.0f} days are more than this comparison takes",
            where=series.label,
            fix=f"give at most {MOST_SAMPLES} samples over at most {MOST_DAYS:.0f} days, such as one a day",
        )
    design = Design(used.days, believed, used.assay_sd, tuple(hour / 24.0 for hour in used.pulses))
    split = first_part(used.n)
    centred = _centred(used.log_values[:, None])
    whole, part = grid_likelihood(design, centred, first=split, censored=used.censored)
    found = _posteriors(design, centred, whole, part, points=_POINTS, censored=used.censored)[0]
    sensitivity = Sensitivity(other_priors(design, whole))
    status = decide(found, sufficient=True)
    warnings += _cautions(found, sensitivity)
    return Assessment(
        used, series, quality, status, sentence(status, found), found, believed, sensitivity, level, tuple(warnings)
    )


def compare_hypotheses(
    days: NDArray[np.float64],
    log_values: NDArray[np.float64],
    *,
    prior: Prior | None = None,
    assay_sd: float = ASSAY_SD,
) -> tuple[Posterior, ...]:
    """Compare the hypotheses for many series that share their sample times, without checks or sensitivity.

    The factors of the grid are worked out once for all of them, as a study of false alarms or power needs it.

    ``log_values`` are ln CRP, shape (S, n), at ``days``, shape (n,) and ascending; `decide` turns each answer into a
    status.

    Examples
    --------
    >>> days = np.arange(10.0)
    >>> len(compare_hypotheses(days, np.cos(days)[None]))
    1
    """
    believed = Prior() if prior is None else prior
    _check_prior(believed)
    times, values = np.asarray(days, dtype=np.float64), np.asarray(log_values, dtype=np.float64)
    if values.ndim != 2 or times.shape != values.shape[1:] or len(times) < 3:
        raise TimingError(
            "days and samples do not fit", fix="give days (n,) and ln CRP (series, n), at least 3 samples"
        )
    if not (np.isfinite(values).all() and np.isfinite(times).all() and (np.diff(times) > 0).all()):
        raise TimingError("days must ascend and all numbers must be finite")
    design = Design(times - times[0], believed, assay_sd)
    found: list[Posterior] = []
    for start in range(0, len(values), _BLOCK):
        centred = _centred(values[start : start + _BLOCK].T)
        whole, part = grid_likelihood(design, centred, first=first_part(len(times)))
        found += _posteriors(design, centred, whole, part, points=_POINTS_MANY, censored=None)
    return tuple(found)


def first_part(samples: int) -> int:
    """Give the number of samples of the first part, from which the rest is predicted: three quarters, at least 10."""
    return min(samples, max(_LEAST_FIRST, round(_FIRST_SHARE * samples)))


def _posteriors(
    design: Design,
    centred: NDArray[np.float64],
    whole: GridLikelihood,
    part: GridLikelihood,
    *,
    points: int,
    censored: NDArray[np.bool_] | None,
) -> list[Posterior]:
    weights = default_weights(design)
    evidence, before = log_evidences(whole, weights), log_evidences(part, weights)
    joint = h1_log_joint(whole, weights)
    split = first_part(len(design.days)) < len(design.days)
    phase_weights = np.asarray(design.prior.phase_memory_weights)
    found = []
    for k in range(centred.shape[1]):
        own = joint[..., k]
        along = log_sum(np.moveaxis(own, 0, -1).reshape(-1, len(own)))
        shares = np.exp(along - along.max())
        period = PeriodPosterior(
            1.0 / design.frequencies[::-1], (shares / shares.sum())[::-1], weights.frequency[::-1].copy()
        )
        cautious = own + np.log(phase_weights / weights.memory)[None, :, None, None]
        phase = phase_posterior(design, centred[:, k], cautious, points=points, censored=censored)
        found.append(
            Posterior(_triple(evidence[:, k]), _triple(before[:, k]) if split else None, design.prior, period, phase)
        )
    return found


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _centred(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values - values.mean(axis=0)


def _cautions(found: Posterior, sensitivity: Sensitivity) -> list[str]:
    cautions = []
    if sensitivity.spread > 0.3:
        cautions.append(
            f"P(persistent cycle) moves by {sensitivity.spread:.2f} between other beliefs about noise and cycle at the "
            "same odds: the answer hangs on them"
        )
    if found.bayes_factor > 3.0:
        cautions.append(WINNERS_CURSE)
    return cautions


def _check_prior(prior: Prior) -> None:
    low, high = prior.periods
    if not 2.0 <= low < high <= 60.0:
        raise TimingError("periods must ascend, between 2 and 60 days", where=f"periods = {prior.periods}")
    if not 0.0 < prior.cycle < 1.0 or not 0.0 <= prior.memoryless_share < 1.0:
        raise TimingError(
            "probabilities must lie between 0 and 1",
            where=f"cycle = {prior.cycle}, memoryless_share = {prior.memoryless_share}",
            fix="0.5 gives a cycle even odds",
        )
    for weights in (prior.memory_weights, prior.phase_memory_weights):
        if len(prior.memory) != len(weights) or min(weights) <= 0.0:
            raise TimingError("every memory of the phase needs a weight above zero", where=f"memory = {prior.memory}")
