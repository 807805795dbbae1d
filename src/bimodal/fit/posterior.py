"""Draws from the posterior of chosen parameters by an ensemble sampler, resumable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError, OutputError
from bimodal.files.fingerprint import json_sha256
from bimodal.fit.extras import need
from bimodal.fit.problem import Problem
from bimodal.fit.surface import Surface

FloatArray = npt.NDArray[np.float64]
Progress = Callable[[int, int, str], None]

#: Steps between two savings of the chain.
_SAVE_EVERY = 20
_QUANTILES = (0.025, 0.5, 0.975)


@dataclass(frozen=True, eq=False)
class Posterior:
    """A sample of a block of parameters, the others held.

    Attributes
    ----------
    ids
        (B,) the block.
    draws
        (steps, walkers, B) in natural units, the burn-in included.
    burn_in
        Steps that are left out of every figure.
    acceptance
        Share of proposals taken, mean over walkers; 0.2 to 0.5 is usual.
    autocorrelation
        (B,) steps until a walker has forgotten where it was; NaN where the chain is too short to say.
    """

    ids: tuple[str, ...]
    draws: FloatArray
    burn_in: int
    acceptance: float
    autocorrelation: FloatArray

    @property
    def kept(self) -> FloatArray:
        """(draws, B) after the burn-in."""
        return self.draws[self.burn_in :].reshape(-1, len(self.ids))

    @property
    def effective(self) -> FloatArray:
        """(B,) number of independent draws the chain is worth."""
        return len(self.kept) / np.maximum(self.autocorrelation, 1.0)

    @property
    def long_enough(self) -> bool:
        """Whether the chain is fifty autocorrelation times long, the usual bar."""
        steps = len(self.draws) - self.burn_in
        return bool(np.isfinite(self.autocorrelation).all() and steps >= 50 * self.autocorrelation.max())

    def quantiles(self) -> dict[str, tuple[float, ...]]:
        """Give 2.5, 50 and 97.5 % by id."""
        found = np.quantile(self.kept, _QUANTILES, axis=0)
        return {name: tuple(found[:, c].tolist()) for c, name in enumerate(self.ids)}

    def report(self) -> dict[str, Any]:
        """Give the figures as plain data."""
        return {
            "steps": len(self.draws),
            "walkers": self.draws.shape[1],
            "burn_in": self.burn_in,
            "acceptance": self.acceptance,
            "long_enough": self.long_enough,
            "autocorrelation": [x if np.isfinite(x) else None for x in self.autocorrelation.tolist()],
            "quantiles": {name: list(found) for name, found in self.quantiles().items()},
        }

    def text(self) -> str:
        """Give the figures for people."""
        wide = max(map(len, [*self.ids, "parameter"]))
        lines = [
            f"posterior: {self.draws.shape[1]} walkers, {len(self.draws)} steps, {self.burn_in} of them burn-in, "
            f"{100 * self.acceptance:.0f} % of proposals taken",
            f"{'parameter':<{wide}}  {'2.5 %':>10}  {'median':>10}  {'97.5 %':>10}  independent draws",
        ]
        for (name, (low, middle, high)), worth in zip(self.quantiles().items(), self.effective.tolist(), strict=True):
            worth_text = f"{worth:.0f}" if np.isfinite(worth) else "not known"
            lines.append(f"{name:<{wide}}  {low:>10.4g}  {middle:>10.4g}  {high:>10.4g}  {worth_text}")
        if not self.long_enough:
            lines.append(
                "the chain is shorter than 50 autocorrelation times: take the intervals as rough, or run more steps"
            )
        return "\n".join(lines) + "\n"


def sample_posterior(
    problem: Problem,
    values: Mapping[str, float],
    *,
    block: Sequence[str] | None = None,
    steps: int = 1000,
    seed: int = 1,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Posterior:
    """Sample a block of parameters from their posterior; one without a prior is uniform on the fitting scale.

    Parameters
    ----------
    values
        Where the walkers begin, by id, such as the values of a fit; parameters outside the block stay there.
    block
        Ids to be sampled; all by default.
    steps
        Of every walker; the first quarter is burn-in.
    folder
        Where the chain is kept; the same call with more steps goes on from it.
    progress
        Called with (steps done, steps in all, what happened).

    Raises
    ------
    OutputError
        The folder holds the chain of another problem.

    Notes
    -----
    Affine-invariant ensemble: Goodman and Weare, Comm. App. Math. Comp. Sci. 5 (2010) 65; emcee: Foreman-Mackey 2013.
    """
    emcee = need("emcee", "sampling a posterior")
    ids = tuple(block) if block else problem.ids
    for name in ids:
        if name not in problem.ids:
            raise BimodalError(f"'{name}' is not fitted", where=f"fit '{problem.name}'", fix=", ".join(problem.ids))
    if steps < 8:
        raise BimodalError(f"{steps} steps are too few", fix="some hundreds at least")
    surface = Surface(problem)
    centre = surface.to_fit([values[name] for name in problem.ids])
    columns = [problem.ids.index(name) for name in ids]
    walkers = max(2 * len(ids) + 2, 8)
    walkers += walkers % 2

    def log_posterior(points: FloatArray) -> FloatArray:
        x = np.tile(centre, (len(points), 1))
        x[:, columns] = points
        inside = ((x >= surface.lower) & (x <= surface.upper)).all(axis=1)
        found = np.full(len(points), -np.inf)
        if inside.any():
            data, prior = surface.data_residuals(x[inside]), surface.prior_residuals(x[inside])
            cost = 0.5 * (data**2).sum(axis=1) + 0.5 * (prior**2).sum(axis=1)
            found[inside] = np.where(np.isfinite(cost), -cost, -np.inf)
        return found

    if not np.isfinite(log_posterior(centre[None, columns]))[0]:
        raise BimodalError("the likelihood is not finite where the walkers should begin", where=f"fit '{problem.name}'")
    rng = np.random.default_rng(seed)
    width = (surface.upper - surface.lower)[columns]
    start = np.clip(
        centre[columns] + 0.02 * width * rng.standard_normal((walkers, len(ids))),
        surface.lower[columns] + 1e-6 * width,
        surface.upper[columns] - 1e-6 * width,
    )
    fingerprint = json_sha256([problem.name, dict(problem.data), list(ids), centre.tolist(), seed, walkers])
    path = None if folder is None else folder / "posterior.npz"
    state, chain, taken = _resume(emcee, path, fingerprint, start, seed)
    sampler = emcee.EnsembleSampler(walkers, len(ids), log_posterior, vectorize=True)
    while len(chain) < steps:
        many = min(_SAVE_EVERY, steps - len(chain))
        sampler.reset()
        state = sampler.run_mcmc(state, many, progress=False, skip_initial_state_check=True)
        chain = np.concatenate([chain, sampler.get_chain()])
        taken += float(sampler.acceptance_fraction.mean()) * many
        if path is not None:
            _keep(path, fingerprint, state, chain, taken)
        if progress is not None:
            progress(len(chain), steps, f"step {len(chain)}")
    chain = chain[:steps]
    burn_in = steps // 4
    times = emcee.autocorr.integrated_time(chain[burn_in:], tol=0) if steps >= 64 else np.nan
    natural = np.tile(centre, (*chain.shape[:2], 1))
    natural[..., columns] = chain
    draws = surface.to_natural(natural)[..., columns]
    return Posterior(ids, draws, burn_in, taken / max(len(chain), 1), np.broadcast_to(times, (len(ids),)).astype(float))


def _resume(
    emcee: Any, path: Path | None, fingerprint: str, start: FloatArray, seed: int
) -> tuple[Any, FloatArray, float]:
    empty = np.empty((0, *start.shape))
    if path is None or not path.exists():
        return emcee.State(start, random_state=np.random.RandomState(seed).get_state()), empty, 0.0
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            if str(kept["fingerprint"]) != fingerprint:
                raise OutputError(
                    "the folder holds the chain of another problem", where=str(path), fix="another folder"
                )
            random = ("MT19937", kept["key"], int(kept["place"]), int(kept["has_gauss"]), float(kept["gauss"]))
            state = emcee.State(kept["points"], log_prob=kept["log_prob"], random_state=random)
            return state, kept["chain"], float(kept["taken"])
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        raise OutputError("the kept chain cannot be read", where=str(path), fix="delete it") from None


def _keep(path: Path, fingerprint: str, state: Any, chain: FloatArray, taken: float) -> None:
    _, key, place, has_gauss, gauss = state.random_state
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part.npz")
    np.savez(
        beside,
        fingerprint=fingerprint,
        points=state.coords,
        log_prob=state.log_prob,
        chain=chain,
        taken=taken,
        key=key,
        place=place,
        has_gauss=has_gauss,
        gauss=gauss,
    )
    beside.replace(path)
