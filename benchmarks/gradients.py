"""Measures derivatives by lockstep lanes: cost per patient, and error against exact sensitivity equations and AMICI.

    python benchmarks/gradients.py [--amici INTERPRETER] [--json FILE]

``INTERPRETER`` is a Python that has AMICI; without it that column says so. Times are processor time of one thread, the
best of several rounds; the machine line says how busy the machine was.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from bimodal.engine import Schedule, System

HUMAN = (
    "v_plasma", "clearance", "k_out", "sc_transfer", "sc_bioavailability", "il2_rest", "il2_kd_alpha", "il2_k2",
    "alpha_turnover", "internalisation", "pstat5_rate", "margination_signal", "treg_alpha_rest", "treg_count_rest",
    "treg_threshold", "treg_growth_max", "treg_capacity", "cd8_growth_half", "nk_bright_count_rest",
    "nk_dim_memory_time",
)  # fmt: skip
#: How the derivatives are asked for: label, relative tolerance, two-sided.
WAYS = (
    ("default, 1e-6", 1e-6, False), ("two-sided, 1e-6", 1e-6, True), ("two-sided, 1e-9", 1e-9, True),
    ("one-sided, 1e-5", 1e-5, False),
)  # fmt: skip
#: Classes of peak d ln(output) / d ln(parameter) for which errors are listed.
CLASSES = ((1e-2, 1e9), (1e-4, 1e-2), (1e-6, 1e-4))
SEED = 1
_AT_ONCE = 5  # parameters in one system of sensitivity equations, which is compiled whole


class Case:
    """One model, patient and regimen."""

    def __init__(
        self, name: str, system: System, p: np.ndarray, schedule: Schedule, times: np.ndarray, wrt: tuple[str, ...]
    ) -> None:
        self.name, self.system, self.p, self.schedule, self.times, self.wrt = name, system, p, schedule, times, wrt

    def exact(self) -> np.ndarray:
        """Return (T, O, K) from ds/dt = J s + df/dp, written out by rule and solved at 1e-9."""
        from bimodal.engine import Schedule, Settings, solve
        from bimodal.engine.compiled import compiled

        system, parts = self.system, []
        start = np.abs(compiled(system).start(self.p[None])[1][0])
        scales, n, o = np.where(start > 0, start, system.scales), len(system.state_ids), len(system.outputs)
        for low in range(0, len(self.wrt), _AT_ONCE):
            names = self.wrt[low : low + _AT_ONCE]
            whole = self._with_equations(names, scales)
            slots = np.where(self.schedule.slots < n, self.schedule.slots, self.schedule.slots + 2 * n * len(names))
            own = Schedule(self.schedule.offsets, self.schedule.times, slots, self.schedule.values)
            values = solve(whole, self.p, own, self.times, settings=Settings(rtol=1e-9)).values[0]
            parts.append(values.reshape(-1, len(names), o).transpose(0, 2, 1))
        return np.concatenate(parts, axis=2)

    def _with_equations(self, names: tuple[str, ...], scales: np.ndarray) -> System:
        from bimodal.engine import System
        from bimodal.expr import derivative

        system, g = self.system, self.system.graph
        known: dict[str, int] = {}
        for name, node in system.derived:
            known[name] = g.substitute([node], known)[0]
        rates, initial = g.substitute(system.rates, known), g.substitute(system.initial, known)
        roots = [*rates, *g.substitute([e for _, e in system.outputs], known)]
        by_state = [derivative(g, roots, state) for state in system.state_ids]
        ids, all_rates, all_initial, sizes = list(system.state_ids), list(rates), list(initial), list(scales)
        outputs: list[tuple[str, int]] = []
        for name in names:
            own = [f"{state}|{name}" for state in system.state_ids]
            totals = derivative(g, roots, name)
            for column, symbol in zip(by_state, own, strict=True):
                totals = [g.add(t, g.mul(c, g.symbol(symbol))) for t, c in zip(totals, column, strict=True)]
            ids += own
            all_rates += totals[: len(rates)]
            all_initial += derivative(g, initial, name)
            outputs += [(f"{o}|{name}", t) for o, t in zip(system.output_ids, totals[len(rates) :], strict=True)]
            sizes += list(scales / abs(self.p[system.parameter_index[name]]))
        return System(
            g, tuple(ids), system.parameter_ids, system.settable, (), tuple(all_initial), tuple(all_rates),
            tuple(outputs), tuple(sizes),
        )  # fmt: skip

    def measure(self, references: dict[str, tuple[np.ndarray, np.ndarray]], rounds: int) -> list[dict[str, Any]]:
        """Return one row per way and reference; a reference is (T, O, K) and (T,) which times count."""
        from bimodal.engine import Settings, solve
        from bimodal.engine.sensitivities import sensitivities

        alone = []
        for _ in range(rounds + 1):
            began = time.process_time()
            solve(self.system, self.p, self.schedule, self.times)
            alone.append(1e3 * (time.process_time() - began))
        rows = []
        for label, rtol, two_sided in WAYS:
            spent = []
            for _ in range(rounds):
                began = time.process_time()
                found = sensitivities(
                    self.system, self.p, self.schedule, self.times, wrt=self.wrt, two_sided=two_sided,
                    settings=Settings(rtol=rtol),
                )  # fmt: skip
                spent.append(1e3 * (time.process_time() - began))
            size = np.abs(found.values[0]).max(axis=0)[:, None] / np.abs(found.parameters[0])
            row: dict[str, Any] = {
                "case": self.name, "way": label, "parameters": len(self.wrt), "states": len(self.system.state_ids),
                "steps": int(found.steps[0]), "ms": min(spent), "ms_plain_run": min(alone[1:]), "errors": {},
            }  # fmt: skip
            for name, (reference, counts) in references.items():
                peak = np.abs(reference[counts]).max(axis=0)
                error = np.abs(found.derivatives[0] - reference)[counts].max(axis=0)
                noise = np.where(peak > 0, error / np.where(found.noise[0] > 0, found.noise[0], np.inf), 0.0)
                row["errors"][name] = {"classes": []}
                for low, high in CLASSES:
                    here = (peak >= low * size) & (peak < high * size) & (peak > 0)
                    relative = error[here] / peak[here]
                    found_any = bool(here.any())
                    row["errors"][name]["classes"].append(
                        {
                            "from": low,
                            "n": int(here.sum()),
                            "median": float(np.median(relative)) if found_any else None,
                            "worst": float(relative.max()) if found_any else None,
                            "worst_over_noise": float(noise[here].max()) if found_any else None,
                        }
                    )
            rows.append(row)
        return rows


def human() -> Case:
    """Return the shipped model: 56 daily doses, 84 days, 85 saves."""
    from bimodal.engine import Schedule
    from bimodal.model import load_model

    model = load_model("human")
    p = np.array([constant.value for constant in model.network.constants])
    slots = [model.system.slot_add("il2_depot")] * 56
    schedule = Schedule.shared(np.arange(56) * 24.0, slots, np.full((1, 56), 7.0))
    return Case("human, daily SC x 56", model.system, p, schedule, np.arange(85) * 24.0, HUMAN)


def trafficking() -> list[tuple[Case, Any]]:
    """Return the 45-state benchmark under both regimens, with the regimens."""
    from engine import model, patients
    from engine.regimens import REGIMENS, TIMES

    network = model.network_of(model.sbml_of(model.text()))
    system, p = model.system_of(network), patients.sample(network, 1, SEED)[0]
    return [
        (Case(f"45 states, {r.words}", system, p, r.schedule(system, 1), TIMES, patients.VARIED), r) for r in REGIMENS
    ]


def amici_reference(case: Case, regimen: Any, interpreter: str) -> tuple[np.ndarray, float]:
    """Return AMICI's forward sensitivities at 1e-11, (T, O, K), and its milliseconds at 1e-6."""
    from engine import model

    with tempfile.TemporaryDirectory(prefix="gradients-") as place:
        folder = Path(place)
        (folder / "model.xml").write_text(model.sbml_of(regimen.antimony(model.text())), "utf-8")
        order = {
            "times": case.times.tolist(), "wrt": case.wrt, "states": case.system.state_ids,
            "values": dict(zip(case.system.parameter_ids, case.p.tolist(), strict=True)),
        }  # fmt: skip
        (folder / "order.json").write_text(json.dumps(order), "utf-8")
        path = f"{Path(interpreter).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PATH": path}
        command = [interpreter, str(Path(__file__).resolve()), "--amici-worker", place]
        subprocess.run(command, check=True, env=os.environ | single, stdout=sys.stderr)
        answer = np.load(folder / "answer.npz")
        return answer["sensitivities"], float(answer["ms"])


def amici_worker(folder: Path) -> None:
    """Compile and run the model under an interpreter that has AMICI; imports nothing of this package."""
    import logging

    import amici
    from amici.importers.sbml import SbmlImporter
    from amici.sim.sundials import SensitivityMethod, SensitivityOrder, run_simulation

    order = json.loads((folder / "order.json").read_text("utf-8"))
    SbmlImporter(str(folder / "model.xml")).sbml2amici(
        "gradients_peer", output_dir=str(folder / "built"), verbose=logging.ERROR, generate_sensitivity_code=True
    )
    model = amici.import_model_module("gradients_peer", str(folder / "built")).get_model()
    ids = list(model.get_free_parameter_ids())
    for name in set(ids) & set(order["values"]):
        model.set_free_parameter_by_id(name, order["values"][name])
    model.set_parameter_list([ids.index(name) for name in order["wrt"]])
    model.set_timepoints(order["times"])
    solver = model.create_solver()
    solver.set_sensitivity_order(SensitivityOrder.first)
    solver.set_sensitivity_method(SensitivityMethod.forward)
    solver.set_max_steps(10_000_000)
    place = [list(model.get_state_ids()).index(name) for name in order["states"]]
    spent = []
    for rtol, atol, rounds in ((1e-6, 1e-9, 3), (1e-11, 1e-14, 1)):
        solver.set_relative_tolerance(rtol)
        solver.set_absolute_tolerance(atol)
        for _ in range(rounds):
            began = time.process_time()
            run = run_simulation(model, solver)
            spent.append(1e3 * (time.process_time() - began))
    np.savez(
        folder / "answer.npz", sensitivities=np.asarray(run["sx"])[:, :, place].transpose(0, 2, 1), ms=min(spent[:3])
    )


def table(rows: list[dict[str, Any]], peers: dict[str, float]) -> str:
    """Return the rows as Markdown."""
    lines = [
        "| case | way | steps | ms/patient | plain run, ms | reference | error where elasticity > 1e-2: median, worst"
        " | 1e-4 to 1e-2 | 1e-6 to 1e-4 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        for name, errors in row["errors"].items():
            cells = [
                "none" if c["median"] is None else f"{c['median']:.1e}, {c['worst']:.1e} (n={c['n']})"
                for c in errors["classes"]
            ]
            numbers = [str(row["steps"]), f"{row['ms']:.1f}", f"{row['ms_plain_run']:.1f}"]
            lines.append("| " + " | ".join([row["case"], row["way"], *numbers, name, *cells]) + " |")
    lines += [f"\nAMICI, forward sensitivities at 1e-6, {name}: {ms:.0f} ms per patient." for name, ms in peers.items()]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--amici", metavar="INTERPRETER")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--amici-worker", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.amici_worker:
        amici_worker(options.amici_worker)
        return
    sys.path.insert(0, str(Path(__file__).parent))
    rows, peers = [], {}
    cases: list[tuple[Case, Any]] = [*trafficking(), (human(), None)]
    for case, regimen in cases:
        everything = np.ones(len(case.times), np.bool_)
        references = {"sensitivity equations": (case.exact(), everything)}
        if regimen is not None and options.amici:
            found, peers[case.name] = amici_reference(case, regimen, options.amici)
            references["AMICI"] = (found, ~regimen.on_a_save)  # AMICI saves after a dose, the engine before it
        rows += case.measure(references, options.rounds)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    machine = f"{platform.machine()}, {os.cpu_count()} processors, load {load}, Python {platform.python_version()}"
    print(table(rows, peers))
    print(f"\n{machine}" + ("" if options.amici else "; AMICI: not available (name its interpreter with --amici)"))
    if options.json:
        command = "python benchmarks/gradients.py" + (" --amici INTERPRETER" if options.amici else "")
        about = {"machine": machine, "command": command, "seed": SEED}
        text = json.dumps({**about, "rows": rows, "amici_ms": peers}, indent=1)
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
