"""Threads that ask for the same machine code at once all get the same code, which lives as long as they run it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import bimodal.engine.compiled as room
from bimodal.engine.compiled import compiled, sampler
from bimodal.model import load_model


def at_once(monkeypatch, name, ask):
    """Ask from two threads, both of which have begun to compile before either is done."""
    both, compile_one = threading.Barrier(2, timeout=60), getattr(room, name)

    def late(*given, **named):
        made = compile_one(*given, **named)
        both.wait()
        return made

    monkeypatch.setattr(room, name, late)
    with ThreadPoolExecutor(2) as pool:
        return [task.result() for task in [pool.submit(ask) for _ in range(2)]]


def test_a_sampler_that_may_be_running_is_not_replaced(monkeypatch):
    # a fit of several starts ended in a segmentation fault: the second thread freed the code the first one ran
    kernel = compiled(load_model("tumour_alone").system, "narrow")
    first, second = at_once(monkeypatch, "compile_sampler", lambda: sampler(kernel, (0,), levels=False))
    assert first is second


def test_a_kernel_is_compiled_for_all_threads(monkeypatch):
    system = load_model("tumour_alone").system
    room._KEPT.pop(system, None)
    first, second = at_once(monkeypatch, "_compile", lambda: compiled(system, "narrow"))
    assert first is second
