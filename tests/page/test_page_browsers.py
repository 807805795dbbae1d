"""The page's engine in Chromium and Firefox: the bits it has in Node and on the desk."""

from __future__ import annotations

import numpy as np
import pytest
from browser_engine import assert_same_bits, case_of, plain_twin, solve
from driverless import BROWSERS, browser_solves

from bimodal.engine import Schedule, Settings
from bimodal.model import load_model


@pytest.mark.parametrize("browser", BROWSERS)
@pytest.mark.parametrize("name", ["tumour_alone", "human"])
def test_a_browser_has_the_bits_of_the_desk(name, browser, tmp_path, monkeypatch):
    model = load_model(name)
    twin = plain_twin(model.system, monkeypatch)
    inputs = model.rest(np.array([[model.table.values()[row] for row in model.parameter_ids]]))
    times = np.linspace(0.0, 200.0, 21)
    slot = twin.slot_set(model.settable[0])
    schedule = Schedule.shared([1.0, 1.25, 24.0, 24.25], [slot] * 4, [[20.0, 0.0, 200.0, 0.0]])
    settings = [Settings(rtol=1e-3), Settings(rtol=1e-6)]
    cases = [case_of(twin, inputs[0], schedule, times.tolist(), one) for one in settings]
    for page, one in zip(browser_solves(browser, twin, cases, tmp_path), settings, strict=True):
        assert_same_bits(page, solve(twin, inputs, schedule, times, settings=one).values[0])
