"""The rule that turns numbers into a status."""

from __future__ import annotations

from bimodal.timing.posterior import Posterior
from bimodal.timing.status import Status

LEAST_BAYES_FACTOR = 10.0
LEAST_P_CYCLE = 0.9
LEAST_FIRST_BAYES_FACTOR = 10.0
LEAST_REST_BAYES_FACTOR = 3.0
LEAST_P_MEMORYLESS = 0.5


def decide(posterior: Posterior | None, *, sufficient: bool) -> Status:
    """Say what may be said.

    A rhythm needs a Bayes factor over 10 and P(H1) of at least 0.9; it is replicated in this series when the first
    part alone reaches a Bayes factor over 10 and predicts the rest with one over 3.

    Examples
    --------
    >>> decide(None, sufficient=False).value
    'INSUFFICIENT_DATA'
    """
    if posterior is None or not sufficient:
        return Status.INSUFFICIENT_DATA
    if posterior.bayes_factor > LEAST_BAYES_FACTOR and posterior.p_h1 >= LEAST_P_CYCLE:
        first, rest = posterior.bayes_factor_first, posterior.bayes_factor_rest
        if first is None or rest is None:
            return Status.RHYTHM_UNREPLICATED
        if first > LEAST_FIRST_BAYES_FACTOR and rest > LEAST_REST_BAYES_FACTOR:
            return Status.RHYTHM_REPLICATED_IN_THIS_SERIES
        return Status.RHYTHM_UNREPLICATED
    if posterior.probabilities[1] > LEAST_P_MEMORYLESS:
        return Status.RHYTHM_WITHOUT_MEMORY
    return Status.NO_EVIDENCE


def sentence(status: Status, posterior: Posterior | None) -> str:
    """Give the answer in plain words, with its numbers.

    Examples
    --------
    >>> sentence(Status.INSUFFICIENT_DATA, None)[:11]
    'Do not time'
    """
    if posterior is None:
        return "Do not time: the samples do not suffice to ask whether there is a cycle."
    noise, damped, cycle = posterior.probabilities
    odds = f"P(noise) {noise:.2f}, P(rhythm without memory) {damped:.2f}, P(persistent cycle) {cycle:.2f}"
    if status is Status.NO_EVIDENCE and cycle > 0.5:
        return f"Do not time: what speaks for a persistent cycle stays below the bar of this test. {odds}."
    if status is Status.NO_EVIDENCE:
        return f"Do not time: no evidence of a cycle. {odds}."
    if status is Status.RHYTHM_WITHOUT_MEMORY:
        return f"Do not time: the samples swing, but such a rhythm forgets its phase within a period. {odds}."
    low, middle, high = posterior.period.quantiles()
    about = (
        f"period {middle:.1f} days (90 % interval {low:.1f} to {high:.1f}), Bayes factor {posterior.bayes_factor:.3g}"
    )
    if status is Status.RHYTHM_UNREPLICATED:
        return (
            f"This model favours a persistent cycle ({about}), but the first part of the series does not predict the "
            f"rest well enough: not replicated, a reason to sample on and not to act. {odds}."
        )
    return (
        f"This model favours a persistent cycle ({about}), and the first part of this series predicted the rest. One "
        f"series is not a validation, and nothing here says that timing a treatment by it helps. {odds}."
    )
