import tomllib

import pytest

from bimodal.errors import EvidenceError
from bimodal.evidence import load_targets, study_text
from bimodal.evidence.measurement_noise import load_measurement_noise, parse_measurement_noise
from bimodal.study.endpoints import load_registry
from bimodal.study.endpoints.noise import WITHOUT_NOISE, noise_log_sd

HEAD = "observable,cv,source,where_in_source,status,note\n"
GOOD = "treg_count,0.1,somebody 2020,abstract,measured,as printed\n"


def test_a_good_row_is_read():
    row = parse_measurement_noise(HEAD + GOOD, "mine.csv", known={"treg_count"})["treg_count"]
    assert (row.cv, row.status, row.source) == (0.1, "measured", "somebody 2020")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (GOOD.replace("0.1", "-0.1"), "column 'cv'"),
        (GOOD.replace("0.1", "0"), "column 'cv'"),
        (GOOD.replace("0.1", "nan"), "column 'cv'"),
        (GOOD.replace("0.1", "10"), "column 'cv'"),  # a percentage
        (GOOD.replace("0.1", ""), "column 'cv'"),
        (GOOD.replace("treg_count", "treg_cuont"), "column 'observable'"),
        (GOOD.replace("somebody 2020", " "), "column 'source'"),
        (GOOD.replace("abstract", ""), "column 'where_in_source'"),
        (GOOD.replace("as printed", ""), "column 'note'"),
        (GOOD.replace("measured", "guessed"), "column 'status'"),
        (GOOD + GOOD, "line 3"),
        (GOOD.replace(",as printed", ""), "fields"),
    ],
)
def test_a_wrong_row_is_refused_by_line_and_column(row, says):
    with pytest.raises(EvidenceError) as fault:
        parse_measurement_noise(HEAD + row, "mine.csv", known={"treg_count"})
    assert says in str(fault.value)
    assert "mine.csv" in str(fault.value)


def test_a_table_without_a_column_is_refused():
    with pytest.raises(EvidenceError, match="source"):
        parse_measurement_noise(HEAD.replace("source,", "", 1) + GOOD, "mine.csv")


def test_the_shipped_table_names_observables_that_are_read_in_time():
    registry = load_registry()
    text = HEAD + "".join(
        f'{row.observable},{row.cv},"{row.source}","{row.where_in_source}",{row.status},"{row.note}"\n'
        for row in load_measurement_noise().values()
    )
    found = parse_measurement_noise(text, "measurement_noise.csv", known=registry.observables)
    assert found == load_measurement_noise()
    assert all(registry[name].per == "time" and registry[name].kind != "fold" for name in found)


def _of_mice(study: str) -> bool:
    # measurement noise is that of trials in people
    return tomllib.loads(study_text(study))["publication"]["species"] == "mouse"


def test_every_observable_of_a_target_has_noise_or_says_why_not():
    registry = load_registry()
    for target in load_targets():
        if target.endpoint is None or _of_mice(target.study):
            continue
        kind = registry[target.endpoint].kind
        assert (noise_log_sd(target.endpoint) > 0.0) != (kind in WITHOUT_NOISE), target.endpoint


def test_a_count_of_treg_has_the_noise_of_cd4_and_of_its_share():
    rows = load_measurement_noise()
    squares = rows["cd4_count"].cv ** 2 + rows["treg_percent_cd4"].cv ** 2
    assert rows["treg_count"].cv == pytest.approx(squares**0.5, abs=5e-4)
    assert rows["treg_percent_cd4"].cv == pytest.approx(1.27 * (1 - 0.86) ** 0.5 / 3.27, abs=5e-4)
