"""Timing over HTTP: the words and numbers of the desk, in memory, one at a time, within limits."""

import json
import sys
import threading
import time

import pytest
from app_client import patient_worker, servers

from bimodal.app import Limits
from bimodal.app.timing_desk import TimingDesk
from bimodal.cli import main
from bimodal.timing.wording import SAFETY

CSV = {"Content-Type": "text/csv"}
VALUES = (14.2, 22.0, 31.5, 18.4, 9.1, 7.7, 12.0, 25.3, 30.8, 15.1, 8.8, 9.9)


def documented(count=11):
    lines = [f"P01,2026-01-{k + 5:02}T08:10+01:00,crp,{VALUES[k]},mg/L," for k in range(count)]
    return "\n".join(["patient_id,datetime,kind,value,unit,flag", *lines]) + "\n"


def german(count=12):
    lines = [f"{k + 5:02}.01.2026;08:10;{VALUES[k]}".replace(".1,", ",1,") for k in range(count)]
    return "\n".join(["Datum;Uhrzeit;CRP (mg/L)", *(_comma(line) for line in lines)]) + "\n"


def _comma(line):
    date, clock, value = line.split(";")
    return f"{date};{clock};{value.replace('.', ',')}"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with servers(tmp_path_factory.mktemp("app")) as start:
        yield start(command=patient_worker)


def post(client, call, body=b"", status=200, **query):
    answer = client.post(f"/api/timing/{call}", params=query, content=body, headers=CSV)
    assert answer.status_code == status, answer.text
    return answer


def last(answer):
    return json.loads(answer.text.splitlines()[-1])


def test_an_assessment_has_the_json_of_the_desk_and_its_words(client, tmp_path, capsys):
    body = german()
    (tmp_path / "mine.csv").write_text(body)
    command = ["timing", "assess", str(tmp_path / "mine.csv"), "--zone", "Europe/Berlin"]
    assert main([*command, "--json", str(tmp_path / "answer.json")]) == 0
    printed = capsys.readouterr().out
    answer = post(client, "assess", body, zone="Europe/Berlin")
    assert answer.headers["content-type"] == "application/x-ndjson"
    found = last(answer)["answer"]
    assert found["json"] == (tmp_path / "answer.json").read_text()
    assert found["safety"] == SAFETY
    (series,) = found["series"]
    assert series["sentence"] == json.loads(found["json"])["sentence"]
    assert series["sentence"] in printed
    assert "the table was converted: columns separated by semicolons" in printed
    assert all(block["text"] in printed for block in series["facts"])
    assert [figure["name"] for figure in series["figures"]][:1] == ["timing_series"]
    assert all(figure["svg"].lstrip().startswith("<?xml") for figure in series["figures"])
    assert "windows" not in [figure["name"] for figure in series["figures"]]
    assert series["report"].startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("what", "asked", "words"),
    [
        ("plan", {"samples": "7", "every": "2d", "series": "2"}, ["--samples", "7", "--every", "2d", "--series", "2"]),
        ("trial", {"f": "0.4", "course": "any", "doses": "14"}, ["--f", "0.4", "--course", "any", "--doses", "14"]),
    ],
)
def test_a_calculator_has_the_json_of_the_desk_and_its_tables(client, tmp_path, capsys, what, asked, words):
    assert main(["timing", what, *words, "--json", str(tmp_path / "answer.json")]) == 0
    printed = capsys.readouterr().out
    found = last(post(client, what, **asked))["answer"]
    assert json.loads(found["json"]) == json.loads((tmp_path / "answer.json").read_text())
    for block in found["blocks"]:
        for text in [block["text"]] if "text" in block else [block["title"], *block["columns"]]:
            assert text in printed
        assert all(cell in printed for row in block.get("rows", []) for cell in row)


def test_a_table_is_shown_as_it_was_understood(client):
    found = post(client, "read", german(), zone="+01:00").json()
    assert found["columns"] == ["datetime", "kind", "value", "unit", "flag"]
    assert found["rows"][0] == ["2026-01-05T08:10+01:00", "crp", "14.2", "mg/L", ""]
    assert (found["questions"], found["patients"]) == ([], 1)
    words = {one["topic"]: one["words"] for one in found["understood"]}
    assert words["columns"] == "separated by semicolons"
    assert words["dates"] == "day.month.year, as row 10 shows; times of +01:00"


def test_what_is_open_is_asked_and_not_guessed(client):
    body = "date,CRP\n01/02/2026 08:10,4.2\n02/02/2026 08:10,5.2\n"
    found = post(client, "read", body).json()
    assert {one["about"] for one in found["questions"]} == {"dates", "zone", "unit"}
    assert found["patients"] is None
    said = post(client, "assess", body, status=422).json()["error"]
    assert all(option in said for option in ("--dates day-first", "--zone Europe/Berlin", "--unit mg/L"))
    told = post(client, "read", body, dates="month-first", zone="Z", unit="mg/dL").json()
    assert told["rows"][1][0] == "2026-02-02T08:10+00:00"
    assert told["rows"][0][0] == "2026-01-02T08:10+00:00"


def test_every_fault_of_a_file_is_said_at_once_with_row_and_column(client):
    lines = german().splitlines()
    lines[2] += "x"
    lines[4] = "31.02.2026;08:10;4,0"
    lines[6] = "10.01.2026;08:10;4.5"
    lines[8] = "12.01.2026;08:10"
    said = post(client, "assess", "\n".join(lines), status=422, zone="Europe/Berlin").json()["error"]
    assert "3 more faults" in said
    for place in ("row 3, column 'CRP (mg/L)'", "row 5, column 'Datum'", "row 7, column 'CRP (mg/L)'", "row 9"):
        assert f"the file, {place}" in said


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"x" * 10_000_000, 413, "1 MB"),
        ("date,CRP\n".encode("utf-16"), 422, "not UTF-8"),
        (b"date,CRP\n\0", 422, "zero byte"),
        (b"", 422, "empty"),
        (b"date,CRP (mg/L)\n", 422, "no rows"),
        (b"datetime,CRP (mg/L)\n2026-01-05T08:10Z,NaN\n", 422, "'NaN' is not a number"),
        (b"datetime,CRP (mg/L)\n2026-01-05T08:10Z,1e999\n", 422, "is too large"),
        (b"datetime,CRP (mg/L)\n2026-01-05T08:10Z,=1+1\n", 422, "'=1+1' is not a number"),
        (b"datetime,CRP (mg/L),<img src=x onerror=alert(1)>\n", 422, "unknown column '<img"),
        (b"datetime,CRP (mg/L)\n" + b"2026-01-05T08:10Z,1\n" * 4_001, 422, "outside what the page takes"),
        (b'datetime,CRP (mg/L)\n"2026', 422, "CSV"),
        (b"\xff\xd8\xff\xe0", 422, "not UTF-8"),
    ],
)
def test_a_hostile_file_gets_a_message_and_nothing_else(client, body, status, words):
    for call in ("read", "assess"):
        answer = post(client, call, body, status=status)
        assert answer.headers["content-type"] == "application/json"
        assert words in answer.json()["error"]


@pytest.mark.parametrize("name", ["Name", "Nachname", "Geburtsdatum", "Prénom", "MRN", "Fallnummer"])
def test_columns_that_say_who_it_is_are_refused(client, name):
    said = post(client, "read", f"datetime,CRP (mg/L),{name}\n2026-01-05T08:10Z,1,Meier\n", status=422).json()["error"]
    assert "who the patient is" in said
    assert "Meier" not in said


@pytest.mark.parametrize("code", ["Anna Meier", "12.03.1961", "00123456789", "a@b.example"])
def test_codes_that_look_like_a_person_are_refused_and_not_repeated(client, code):
    wide = f"date,CRP {code} (mg/L),CRP P02 (mg/L)\n2026-01-05T08:10Z,1,2\n"
    long = f"patient_id,date,CRP (mg/L)\n{code},2026-01-05T08:10Z,1\n"
    for body in (wide, long):
        said = post(client, "read", body, status=422).json()["error"]
        assert "this looks like" in said
        assert code not in said


@pytest.mark.parametrize(
    ("call", "asked", "words"),
    [
        ("plan", {"samples": "61"}, "at most 60"),
        ("plan", {"samples": "14,14,14,14,14"}, "at most 4"),
        ("plan", {"series": "201"}, "at most 200"),
        ("plan", {"series": "0"}, "at most 200"),
        ("plan", {"samples": "-1"}, "no whole number"),
        ("plan", {"samples": "١"}, "no whole number"),
        ("plan", {"every": "nand"}, "no time between samples"),
        ("plan", {"noise": "NaN"}, "no number"),
        ("plan", {"seed": "9" * 16}, "no seed"),
        ("plan", {"protocol": "/etc/passwd"}, "cannot be asked"),
        ("trial", {"f": "2"}, "between 0 and 1"),
        ("trial", {"doses": "61"}, "at most 60"),
        ("trial", {"course": "<b>"}, "course"),
        ("trial", {"phases": "/etc/passwd"}, "cannot be asked"),
        ("trial", {"f": "0.5" + "0" * 300}, "few words"),
        ("read", {"zone": "../../etc/passwd"}, "no such time zone"),
        ("read", {"zone": "Nowhere/Town"}, "no such time zone"),
        ("read", {"zone": "+25:00"}, "no such time zone"),
        ("read", {"config": "/etc/passwd"}, "cannot be asked"),
        ("read", {"unit": "g/L"}, "mg/L or mg/dL"),
    ],
)
def test_what_is_too_much_or_wrong_is_said_at_once(client, call, asked, words):
    assert words in post(client, call, documented(), status=422, **asked).json()["error"]


def test_a_table_is_sent_as_csv_alone_and_by_the_page_alone(client):
    assert client.post("/api/timing/read", content="x", headers={"Content-Type": "text/plain"}).status_code == 415
    headers = {**CSV, "Origin": "https://evil.example"}
    for call in ("read", "assess", "plan", "trial"):
        assert client.post(f"/api/timing/{call}", content=documented(), headers=headers).status_code == 403
        assert client.get(f"/api/timing/{call}").status_code == 405
    assert client.get("/api/timing").json()["safety"] == SAFETY


def test_nothing_of_a_table_is_written_anywhere(server, tmp_path):
    client = server(command=patient_worker)
    marked = documented().replace("P01", "Zq7391")
    before = set(tmp_path.rglob("*"))
    assert "answer" in last(post(client, "assess", marked))
    after = set(tmp_path.rglob("*"))
    assert after == before
    assert not any(b"Zq7391" in path.read_bytes() for path in after if path.is_file())


def _desk(monkeypatch, script, **limits):
    """Stand a worker of the test behind the calls."""
    made = []

    def desk(given):
        made.append(TimingDesk(Limits(**limits) if limits else given, [sys.executable, "-S", "-c", script]))
        return made[-1]

    monkeypatch.setattr("bimodal.app.timing_calls.TimingDesk", desk)
    return made


def test_one_answer_is_worked_out_at_a_time(server, monkeypatch, tmp_path):
    flag = tmp_path / "go"
    script = f"import os, sys, time\nsys.stdin.readline()\nwhile not os.path.exists({str(flag)!r}): time.sleep(0.02)\n"
    made = _desk(monkeypatch, script + "print('{\"answer\": {}}', flush=True)")
    client = server(command=patient_worker)
    first = []
    thread = threading.Thread(target=lambda: first.append(post(client, "plan")))
    thread.start()
    while not made[0].busy:
        time.sleep(0.02)
    said = post(client, "assess", documented(), status=429).json()["error"]
    assert "another question about timing" in said
    assert post(client, "read", documented()).json()["patients"] == 1  # reading waits for nobody
    flag.touch()
    thread.join()
    assert last(first[0]) == {"answer": {}}
    assert last(post(client, "plan")) == {"answer": {}}


def test_what_takes_too_long_or_ends_without_an_answer_is_said(server, monkeypatch):
    made = _desk(monkeypatch, "import sys; sys.stdin.read()", timing_s=0.1)
    assert "took longer than 0.1 s" in last(post(server(command=patient_worker), "plan"))["error"]
    assert not made[0].busy


def test_a_worker_that_crashes_is_said_without_its_words(server, monkeypatch):
    _desk(monkeypatch, "import sys; sys.stdin.readline(); raise SystemExit('P01 secret')")
    said = last(post(server(command=patient_worker), "plan"))["error"]
    assert "ended without an answer" in said
    assert "secret" not in said
