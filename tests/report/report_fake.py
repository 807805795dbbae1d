"""A plausible, synthetic study result: no model behind it, only curves of the right shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

CELLS = ("treg", "tconv", "cd8", "nk_bright", "nk_dim")
_GAIN = {"treg": 5.0, "tconv": 0.02, "cd8": 0.05, "nk_bright": 3.0, "nk_dim": 0.25}
_EC50 = {"treg": 25.0, "tconv": 900.0, "cd8": 4000.0, "nk_bright": 300.0, "nk_dim": 2000.0}
_UNITS = {"il2_plasma": "pM"}


def save_days(last: float = 112.0) -> np.ndarray:
    hourly = np.arange(25) / 24
    return np.unique(np.round(np.concatenate([hourly, 55 + hourly, np.arange(last + 1), np.arange(last) + 1 / 6]), 9))


@dataclass
class FakeResult:
    """Attributes of the contract's StudyResult over synthetic curves."""

    arms: list[str]
    doses: list[float]
    sizes: list[int]
    failures: list[int]
    summary: dict[str, Any]
    days: np.ndarray = field(default_factory=save_days)
    missing: tuple[str, ...] = ()
    folder: Path = Path("nowhere")

    @property
    def spec(self) -> Any:
        return SimpleNamespace(
            name=self.summary["study"],
            model="human",
            population=SimpleNamespace(cohort="cgvhd", patients=max(self.sizes)),
            publication=SimpleNamespace(citation="A. Author, Journal 1 (2011) 1", role="calibration", notes=None),
        )

    @property
    def registry(self) -> dict[str, Any]:
        names = ["treg_fold", "tconv_fold", "treg_tconv_ratio_fold", "il2_plasma"]
        return {
            name: SimpleNamespace(id=name, label=name.replace("_", " ") + ", label", unit=_UNITS.get(name, "1"))
            for name in names
        }

    @property
    def doses_h(self) -> dict[str, tuple[float, ...]]:
        daily = tuple(24.0 * day for day in range(56))
        return {arm: daily if dose else () for arm, dose in zip(self.arms, self.doses, strict=True)}

    def n(self, arm: str) -> int:
        return self.sizes[self.arms.index(arm)]

    def failed(self, arm: str) -> int:
        return self.failures[self.arms.index(arm)]

    def values(self, arm: str, observable: str) -> np.ndarray:
        index = self.arms.index(arm)
        if observable in self.missing:
            raise KeyError(observable)
        rng = np.random.default_rng(len(observable) + 17 * index)
        table = self._curves(observable, self.doses[index], self.sizes[index], rng)
        table[: self.failures[index]] = np.nan
        return table

    def blocks(self, arm: str, observable: str, times: Any = None) -> Any:
        table = self.values(arm, observable)
        return iter([table if times is None else table[:, times]])

    def envelope(self, arm: str, observable: str, table: str) -> Any:
        """Pixels between saved days: the first and the 56th day for ``days``, whole days for ``pixels``."""
        values, days = self.values(arm, observable), self.days
        near = [0.0, *days[1:][days[1:] <= 1.0], *days[(days >= 55.0) & (days <= 56.0)]]
        edges = np.array(near if table == "days" else np.arange(0.0, np.floor(days[-1]) + 1.0))
        at = [np.flatnonzero((days >= a) & (days <= b)) for a, b in pairwise(edges)]
        found = [values[:, k] for k in at]
        low, mean, high = (
            np.stack([reduce(part, axis=1) for part in found], axis=1) for reduce in (np.min, np.mean, np.max)
        )
        return edges, iter([(low, mean, high)])

    def _curves(self, observable: str, dose: float, size: int, rng: np.random.Generator) -> np.ndarray:
        days = self.days[None, :]
        person = np.exp(0.45 * rng.standard_normal((size, 1)))
        hours = (days % 1) * 24
        on = (days <= 56 if dose else days < 0) & ((days % 1 > 0) | (days > 0))
        drug = dose * 60 * person * np.exp(-np.where(on, hours, 200) / 6) * (1 - np.exp(-np.where(on, hours, 0) / 2))
        drug = drug + dose * 4 * person * (on & (days >= 1))
        concentration = 3.0 * np.exp(0.3 * rng.standard_normal((size, 1))) + drug
        ramp = np.where(days <= 56, 1 - np.exp(-days / 14), (1 - np.exp(-4)) * np.exp(-np.maximum(days - 56, 0) / 18))
        if observable == "il2_plasma":
            return concentration
        name, _, rest = observable.partition("_")
        if observable.endswith("_fold"):
            cell = observable.removesuffix("_fold")
            gain = {"treg_tconv_ratio": 4.8, "nk": 0.8}.get(cell) or _GAIN[cell]
            return 1 + gain * min(dose, 3) ** 0.5 * person * ramp
        if name in {"pstat5", "occupancy"}:
            ec50 = _EC50[rest] * (1 if name == "pstat5" else 3)
            return concentration / (concentration + ec50 * person)
        raise KeyError(observable)


def target(identifier: str, endpoint: str, kind: str, **more: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "id": identifier, "arms": ["1 MIU/m2"], "endpoint": endpoint, "time": None, "statistic": "median",
        "kind": kind, "published": None, "lower": None, "upper": None, "unit": "1", "simulated": None,
        "simulated_lower": None, "simulated_upper": None, "simulated_interval": "5-95 % of patients",
        "within": None, "quality": "page",
        "role": "calibration", "source": "A. Author, Journal 1 (2011) 1, Table 1",
    }  # fmt: skip
    return {**base, **more}


ALL = ["0.3 MIU/m2", "1 MIU/m2", "3 MIU/m2"]
TARGETS = [
    target("B05", "tconv_fold", "band", arms=ALL, label="conventional CD4 count, fold over baseline, all arms",
           time={"day": 56}, published=1.0, lower=0.8, upper=1.25, simulated=1.02, simulated_lower=0.98,
           simulated_upper=1.04, within=True, rule="inside 0.8 to 1.25", note="the band is ours"),
    target("B03", "treg_fold", "at_least", arms=ALL, label="Treg count, fold over baseline, all arms",
           time={"day": 28}, published=8.0, lower=8.0, upper=15.0, simulated=5.3, simulated_lower=3.1,
           simulated_upper=9.4, within=False, rule="at least 8, and at most the plausibility limit 15"),
    target("B04", "treg_tconv_ratio_fold", "at_least", arms=ALL, time={"from": 0, "to": 56, "reduce": "peak"},
           published=5.0, lower=5.0, upper=18.75, simulated=5.7, simulated_lower=3.4, simulated_upper=10.8,
           within=True),
    target("B06", "treg_fold", "direction", time={"from": 56, "to": 84, "reduce": "change"}, published=-1.0,
           simulated=-3.2, simulated_lower=-6.0, simulated_upper=-1.5, quality="recalled", within=True),
    target("B08", "il2_plasma", "point", time={"day": 7}, published=12.0, lower=8.0, upper=18.0, unit="pM"),
    target("B09", "il2_plasma", "point", time={"day": 14}, published=12.0, unit="pM", simulated=260.0, within=False),
    target("B10", "treg_fold", "at_most", time={"day": 28}, published=9.0, simulated=3.0, within=True),
    target("B07", "", "point", label="steroid dose", role="context", quality="recalled", published=0.6, lower=0.25,
           upper=1.0, note="steroid dose is not simulated", simulated_interval=None),
    target("B01", "", "point", label="major response", role="context", published=0.5217, lower=0.33, upper=0.708),
]  # fmt: skip


def fake_summary(arms: list[str], doses: list[float], sizes: list[int], failures: list[int]) -> dict[str, Any]:
    records = [
        {
            "name": arm,
            "drug": "aldesleukin",
            "regimen": f"{dose} MIU/m2 SC daily for 56 days" if dose else "none",
            "n": size,
            "failed": failed,
            "endpoints": [
                {"id": name, "day": day, "statistic": "median", "value": 1.0 + dose, "lower": 0.8 + dose,
                 "upper": 1.4 + dose, "interval": "5-95 % of patients", "unit": "1"}
                for name in ("treg_fold", "tconv_fold", "treg_tconv_ratio_fold")
                for day in (7, 28, 56)
            ],
        }
        for arm, dose, size, failed in zip(arms, doses, sizes, failures, strict=True)
    ]  # fmt: skip
    return {
        "schema": 1, "bimodal": "0.1.0", "study": "koreth-2011", "seed": 1, "patients": max(sizes),
        "failed": sum(failures), "warnings": ["arm 3 MIU/m2 lies above the doses the model was calibrated on"],
        "intended_use": "research", "arms": records, "targets": TARGETS,
        "provenance": {"model_sha256": "ab" * 32, "parameters_sha256": "cd" * 32, "engine": "rodas5p", "rtol": 1e-6,
                       "cohort": "cgvhd", "set": {"clearance": 6.5},
                       "parameters": {"measured": 31, "fitted": 0, "assumed": 60}},
    }  # fmt: skip


def fake_result(
    *,
    arms: tuple[str, ...] = ("untreated", "0.3 MIU/m2", "1 MIU/m2", "3 MIU/m2"),
    doses: tuple[float, ...] = (0.0, 0.3, 1.0, 3.0),
    size: int = 200,
    failures: tuple[int, ...] = (0, 2, 3, 0),
    missing: tuple[str, ...] = (),
) -> FakeResult:
    count = len(arms)
    sizes, failed = [size] * count, [min(f, size) for f in (*failures, *[0] * count)[:count]]
    given = list((*doses, *[1.0] * count)[:count])
    return FakeResult(list(arms), given, sizes, failed, fake_summary(list(arms), given, sizes, failed), missing=missing)
