"""Mass balance of a network: sums of species that reactions only move about, checked on what a solver returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from bimodal.expr import Graph, Node, evaluate
from bimodal.model.network import Network

FloatArray = npt.NDArray[np.float64]
#: Entries of the elimination beyond which a network is too large to be searched.
_MOST_ENTRIES = 200_000
_SHARE = 100.0
_MOST_SHOWN = 8  # species of a sum in a message


@dataclass(frozen=True, eq=False)
class Moiety:
    """A weighted sum of amounts that no reaction changes.

    Parameters
    ----------
    weights
        Species to the number of units of the moiety in it.
    """

    weights: Mapping[str, float]

    @property
    def text(self) -> str:
        """The sum in words, such as ``E + ES``."""
        parts = [
            ("- " if w < 0.0 else "+ ") + (name if abs(w) == 1.0 else f"{abs(w):g} {name}")
            for name, w in self.weights.items()
        ]
        if len(parts) > _MOST_SHOWN:
            parts = [*parts[: _MOST_SHOWN - 1], f"+ ... ({len(parts)} species)"]
        return " ".join(parts).removeprefix("+ ")


@dataclass(frozen=True, eq=False)
class Imbalance:
    """What a moiety lacks in one patient.

    Parameters
    ----------
    patient
        Which of those checked.
    sentence
        Which sum it is, what it should be, what it is and when; without a full stop.
    """

    patient: int
    sentence: str


def find_moieties(network: Network) -> tuple[Moiety, ...]:
    r"""Find the conserved sums of two species or more, by exact elimination of the stoichiometric matrix.

    Only species that nothing but reactions of constant stoichiometry changes take part; a species with a source or a
    sink is in no such sum, so for many models there is none.

    Parameters
    ----------
    network
        The model.

    Examples
    --------
    >>> from bimodal.model.antimony_text import to_sbml
    >>> from bimodal.model.sbml_reader import read_sbml
    >>> text = "model m\n species E, S, C; E = 1; S = 5; C = 0;\n bind: E + S -> C; E*S;\n part: C -> E; C;\nend"
    >>> [moiety.text for moiety in find_moieties(read_sbml(to_sbml(text, "", file="m.ant"), file="m.ant"))]
    ['E + C']
    """
    # each row: what is left of the stoichiometry, and of which species it is made
    rows = [
        ({r: Fraction(c).limit_denominator(10**9) for r, c in changes.items() if c}, {name: Fraction(1)})
        for name, changes in network.stoichiometry.items()
    ]
    rows = [row for row in rows if row[0]]
    done: list[dict[str, Fraction]] = []
    entries = 0
    while rows:
        rows.sort(key=lambda row: len(row[0]))
        left, made = rows.pop(0)
        if not left:
            done.append(made)
            continue
        # the reaction fewest other rows take part in leaves the least work
        use = {r: sum(r in other for other, _ in rows) for r in left}
        pivot = min(left, key=lambda r: (use[r], r))
        for other, parts in rows:
            if pivot in other:
                factor = other[pivot] / left[pivot]
                _subtract(other, left, factor)
                _subtract(parts, made, factor)
                entries += len(left) + len(made)
        if entries > _MOST_ENTRIES:
            return ()
    order = {name: i for i, name in enumerate(network.stoichiometry)}
    found = [_moiety(made, order) for made in _positive(done)]
    return tuple(sorted((one for one in found if len(one.weights) > 1), key=lambda one: order[next(iter(one.weights))]))


def _positive(sums: list[dict[str, Fraction]]) -> list[dict[str, Fraction]]:
    """Add sums of one sign to others, where that leaves less or nothing to subtract: they read better."""
    for one in sums:
        if max(one.values()) < 0:
            _subtract(one, dict(one), Fraction(2))
        below = {name for name, value in one.items() if value < 0}
        for other in sums:
            if below and other is not one and min(other.values()) > 0 and below <= set(other):
                _subtract(one, other, min(one[name] / other[name] for name in below))
                break
    return sums


def _subtract(row: dict[str, Fraction], other: Mapping[str, Fraction], factor: Fraction) -> None:
    for key, value in other.items():
        new = row.get(key, Fraction(0)) - factor * value
        if new:
            row[key] = new
        else:
            row.pop(key, None)


def _moiety(made: Mapping[str, Fraction], order: Mapping[str, int]) -> Moiety:
    """Return the sum in the smallest whole numbers, the first species of the file positive."""
    names = sorted(made, key=lambda name: order[name])
    whole = np.lcm.reduce([value.denominator for value in made.values()])
    units = np.gcd.reduce([abs(int(value * int(whole))) for value in made.values()])
    sign = 1 if made[names[0]] > 0 else -1
    return Moiety(
        {name: float(sign * value * int(whole) / int(units)) for name, value in ((n, made[n]) for n in names)}
    )


def find_imbalances(
    network: Network,
    moieties: Sequence[Moiety],
    values: Mapping[str, FloatArray],
    times: FloatArray,
    *,
    given: Sequence[tuple[float, str, FloatArray]] = (),
    rtol: float,
) -> list[Imbalance]:
    """Say in which patients a conserved sum is not what it was at the start with what was given since.

    Parameters
    ----------
    network
        The model.
    moieties
        Its conserved sums.
    values
        Quantities of the network, outputs (N, T) and constants (N, 1).
    times
        (T,) of the outputs.
    given
        ``(time, species, (N,) amount)`` of each dose; a value at its time is one before it.
    rtol
        Relative tolerance of the solver; a hundred times that may be lost, of the sum of what takes part.

    Returns
    -------
    list of Imbalance
        The first of each patient; a moiety with a species whose amount does not follow from `values` is not checked.
    """
    found: dict[int, Imbalance] = {}
    for moiety in moieties:
        names = list(moiety.weights)
        nodes = [network.amount(name) for name in names]
        if not network.graph.symbols(nodes) <= set(values):
            continue
        amounts = _amounts(network.graph, nodes, values, len(times))
        weights = np.array([moiety.weights[name] for name in names])[:, None, None]
        total, size = (weights * amounts).sum(axis=0), np.abs(weights * amounts).sum(axis=0).max(axis=1)
        expected = np.repeat(total[:, :1], len(times), axis=1)
        for when, name, amount in given:
            expected += moiety.weights.get(name, 0.0) * np.outer(amount, times > when * (1.0 + 1e-9) + 1e-300)
        off = np.abs(total - expected) > _SHARE * rtol * np.maximum(size, np.abs(expected).max(axis=1))[:, None]
        for patient in np.flatnonzero(off.any(axis=1)).tolist():
            first = int(np.flatnonzero(off[patient])[0])
            text = (
                f"{moiety.text} is {total[patient, first]:.10g} at time {times[first]:.6g} "
                f"and should be {expected[patient, first]:.10g}"
            )
            found.setdefault(patient, Imbalance(patient, text))
    return [found[patient] for patient in sorted(found)]


def _amounts(graph: Graph, nodes: list[Node], values: Mapping[str, FloatArray], count: int) -> FloatArray:
    found = evaluate(graph, nodes, values)
    patients = max(np.shape(value)[0] for value in values.values())
    return np.stack([np.broadcast_to(value, (patients, count)) for value in found])
