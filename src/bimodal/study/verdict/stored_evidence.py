"""Every published number beside its stored simulation."""

from __future__ import annotations

from bimodal.errors import EvidenceError
from bimodal.evidence.publication import load_publication
from bimodal.evidence.row import VERDICTS, EvidenceRow
from bimodal.evidence.simulated import load_simulated
from bimodal.evidence.studies import list_studies
from bimodal.evidence.target import Target
from bimodal.evidence.targets import load_targets
from bimodal.files.suggest import did_you_mean
from bimodal.study.verdict.changed import changed_since


def load_evidence(study: str | None = None) -> tuple[EvidenceRow, ...]:
    """Give published targets with what the shipped model gives for them, misses first.

    Nothing is simulated: the numbers are those of `benchmarks/evidence.py`, and each row says whether the model has
    changed since. ``bimodal run STUDY`` computes them anew.

    Parameters
    ----------
    study
        Name of a built-in study; None gives every one.

    Returns
    -------
    tuple of EvidenceRow
        Outside, not evaluated, not run, inside, not scored (those outside first), context; of those outside the largest
        factor first, else as in the table.

    Examples
    --------
    >>> {row.verdict for row in load_evidence("koreth-2011")} <= set(VERDICTS)
    True
    """
    names = list_studies()
    if study is not None and study not in names:
        raise EvidenceError(f"there is no study {study!r}", fix=did_you_mean(study, names) + "bimodal list studies")
    by_study: dict[str, list[Target]] = {}
    for target in load_targets(study):
        by_study.setdefault(target.study, []).append(target)
    rows = [row for name, targets in by_study.items() for row in _rows(name, targets)]
    return tuple(sorted(rows, key=_misses_first))


def _misses_first(row: EvidenceRow) -> tuple[int, bool, float]:
    missed = row.within is False
    return VERDICTS.index(row.verdict), not missed, -(row.fold_error or 0.0) if missed else 0.0


def _rows(name: str, targets: list[Target]) -> list[EvidenceRow]:
    table, publication = load_simulated(), load_publication(name)
    run = table.studies.get(name)
    found = {} if run is None else {one.id: one for one in run.targets}
    changed = () if run is None else changed_since(name, run, targets)
    refused = table.refused.get(name, "")
    return [EvidenceRow(target, publication, run, found.get(target.id), refused, changed) for target in targets]
