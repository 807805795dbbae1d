"""The receptor level L2 repeats the authors' compiled model; the data are a reduced copy of its tables.

The rule for all states is the difference over the column's maximum, because the reference was integrated with an
absolute tolerance of 1e-9 and its small numbers carry no more. The other tables are held number by number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parent / "data" / "receptor_reference"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bench() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        import receptor_reference

        yield receptor_reference


@pytest.fixture(scope="module")
def found(bench: Any) -> dict[str, Any]:
    return bench.compare(DATA)


@pytest.mark.parametrize("cell", ["T-reg", "CD8p"])
def test_all_62_states_to_a_day(found: dict[str, Any], cell: str) -> None:
    columns = found[f"farhat_cpp_fullstate_{cell}_IL2_1nM.csv"]
    assert len(columns) == 62
    assert {c.numbers for c in columns} == {21}
    assert max(c.worst for c in columns) <= 1e-6


@pytest.mark.parametrize(
    ("table", "columns", "numbers"), [("dose_time_WT_IL2_IL15", 4, 240), ("IL2_uptake", 4, 160), ("EC50_60min", 2, 20)]
)
def test_ten_cell_types(found: dict[str, Any], table: str, columns: int, numbers: int) -> None:
    compared = found[f"farhat_cpp_{table}.csv"]
    assert len(compared) == columns
    assert {c.numbers for c in compared} == {numbers}
    assert max(c.worst for c in compared) <= 1e-4


@pytest.mark.parametrize(
    "name", ["il2_gamma_off_trimer", "il2_pair_off", "acid", "endosome_size", "sorting", "active_degradation"]
)
def test_a_wrong_constant_is_found_out(bench: Any, name: str) -> None:
    file = "farhat_cpp_fullstate_T-reg_IL2_1nM.csv"
    value = bench.dish().table.values()[name]
    columns = bench.full_state(DATA / file, "treg", {name: 1.001 * value})
    assert max(c.worst for c in columns) > 1e-5


def test_wrong_il15_is_found_out(bench: Any) -> None:
    value = bench.dish().table.values()["il15_pair_off"]
    columns = bench.dose_time(DATA / bench.DOSE_TIME, {"il15_pair_off": 1.01 * value})
    assert max(c.worst for c in columns) > 1e-4


def test_the_62_states_are_named_once(bench: Any) -> None:
    ours = [state for state in bench.STATES if state]
    assert len(bench.STATES) == 62
    assert sorted(ours) == sorted(bench.dish().network.state_ids)


def test_the_whole_reference_passed() -> None:
    record = json.loads((ROOT / "benchmarks" / "results" / "receptor_reference.json").read_text("utf-8"))
    assert len(record["tables"]) == 5
    assert all(table["passed"] for table in record["tables"].values())
