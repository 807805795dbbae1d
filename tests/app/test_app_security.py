"""Who may ask the server, and what it reads of what it is given."""

import json

import pytest
from app_client import STUDY, TOML, patient_worker, servers

from bimodal.app import Address, Limits
from bimodal.app.address import own_origin
from bimodal.errors import BimodalError

TOKEN = "a-token-that-is-long-enough"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with servers(tmp_path_factory.mktemp("app")) as start:
        yield start(command=patient_worker)


def study(**changes):
    raw = {
        "name": "small",
        "population": {"cohort": "healthy", "patients": 4},
        "arm": [{"name": "low", "drug": "aldesleukin", "regimen": "1 MIU SC daily for 2 days"}],
        "endpoint": [{"id": "treg_fold", "days": [2]}],
    }
    return {**raw, **changes}


def arm(**changes):
    return study(arm=[{**study()["arm"][0], **changes}])


def refused(client, body, status=422, **headers):
    sent = body if isinstance(body, bytes | str) else json.dumps(body)
    answer = client.post("/api/jobs", content=sent, headers={"Content-Type": "application/json", **headers})
    assert answer.status_code == status, answer.text
    assert client.get("/api/jobs").json() == {"jobs": []}
    return answer.json()["error"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "", "10.0.0.1"])
def test_a_bent_name_is_refused(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8765", "[::1]:8765", "127.0.0.1:9000"])
def test_names_of_this_machine_pass(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:3000", "http://localhost:8765"])
def test_another_page_may_not_ask(client, origin):
    assert client.get("/api/jobs", headers={"Origin": origin}).status_code == 403
    refused(client, study(), 403, Origin=origin)


def test_another_site_may_not_ask_without_an_origin(client):
    refused(client, study(), 403, **{"Sec-Fetch-Site": "cross-site"})


def test_the_page_itself_may_ask(client):
    answer = client.post("/api/check", content=STUDY, headers={**TOML, "Origin": "http://127.0.0.1:8765"})
    assert answer.json()["study"]["name"] == "small"


def test_a_form_of_another_page_cannot_send_a_study(client):
    assert "application/toml" in refused(client, study(), 415, **{"Content-Type": "text/plain"})


def test_without_the_token_nothing_is_served(server):
    client = server(token=TOKEN, command=patient_worker)
    for path in ("/", "/api/jobs", "/api/choices", "/?token=wrong", "/?token=%C3%A9", f"/api/jobs?token={TOKEN}"):
        answer = client.get(path)
        assert answer.status_code == 401, path
        assert "page" not in answer.text.replace("address", "")
    assert client.get("/api/jobs", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/api/jobs", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client.get("/api/jobs", headers={"Cookie": "bimodal_8765=wrong"}).status_code == 401


def test_the_token_leaves_the_address_for_a_cookie(server):
    client = server(token=TOKEN, command=patient_worker)
    answer = client.get(f"/?token={TOKEN}", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert {"HttpOnly", "SameSite=strict"} <= set(answer.headers["set-cookie"].split("; "))
    assert client.get("/").text == "<title>page</title>"


def test_others_are_reached_with_a_token_alone():
    with pytest.raises(BimodalError, match="others could reach"):
        Address("0.0.0.0", 8765)
    with pytest.raises(BimodalError, match="at least 16"):
        Address("0.0.0.0", 8765, "short")
    open_to_all = Address("0.0.0.0", 8765, TOKEN)
    assert open_to_all.knows_host("192.168.1.5:8765")
    assert not open_to_all.knows_host("evil.example:8765")
    assert TOKEN not in repr(open_to_all)


def test_an_origin_is_compared_whole():
    assert own_origin("http://localhost:8765", "LOCALHOST:8765")
    assert not own_origin("http://localhost:8765.evil.example", "localhost:8765")


def test_a_body_over_the_limit_is_refused(client):
    assert "1 MB" in refused(client, b" " * 1_000_001, 413)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": -Infinity}', "-Infinity is no number"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "9" * 5000 + "}", "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100 + "1" + "}" * 100, "nested too deeply"),
        ("[1]", "no JSON object"),
        ('{"name": "a", "name": "b"}', "there twice"),
        (b"\xff", "not UTF-8"),
        ('{"name": "\\ud800"}', "half a letter"),
        ("{", "not JSON"),
        (study(name="../../etc"), "should match pattern"),
        (study(name="<b>x</b>"), "should match pattern"),
        (study(surprise=1), "surprise"),
        (study(set={"clearance": "x"}), "clearance"),
    ],
)
def test_what_is_no_study_gets_a_message(client, body, words):
    assert words in refused(client, body)


@pytest.mark.parametrize(
    "body",
    [
        arm(drug="/etc/passwd"),
        arm(drug="../mine.toml"),
        arm(drug="mine.toml"),
        arm(drug="<img src=x onerror=alert(1)>"),
        arm(cohort="/etc/passwd"),
        arm(partner=[{"drug": "../x.toml", "regimen": "1 mg daily for 2 days"}]),
        study(model="/etc/passwd.xml", population={"patients": 4}, arm=[{"name": "a", "regimen": "none"}]),
        study(model="mine.ant", population={"patients": 4}, arm=[{"name": "a", "regimen": "none"}]),
        study(population={"cohort": "./people.toml", "patients": 4}),
        study(population={"subjects": "/etc/passwd"}),
        study(arm=[{"name": "low", "drug": "aldesleukin", "table": "/etc/passwd"}]),
    ],
)
def test_no_file_is_read(client, body):
    said = refused(client, body)
    assert "the server reads no files of a study" in said
    assert "root:" not in said


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (study(population={"cohort": "healthy", "patients": 10_001}), "patients in an arm"),
        (study(arm=[{"name": f"a{k}", "regimen": "none"} for k in range(25)]), "arms"),
        (study(horizon=30_000), "days"),
        (study(follow_up_days=30_000), "days of arm 'low'"),
        (arm(regimen="1 MIU SC weekly for 5000 days"), "days of arm 'low'"),
        (arm(regimen="1 MIU SC daily for 2 days" + " " * 10_000), "letters of the regimen"),
        (study(rtol=1e-15), "for the desk"),
        (study(endpoint=[{"id": "treg_fold", "days": [k / 4 for k in range(2_001)]}]), "endpoints and days"),
        (arm(regimen="1 MIU SC sometimes"), "sometimes"),
        (arm(rules=["hold if the moon is full"]), "moon"),
    ],
)
def test_what_is_too_much_or_wrong_is_said_before_it_is_queued(client, body, words):
    assert words in refused(client, body)


def test_patients_of_all_arms_are_counted_together(server):
    client = server(limits=Limits(people=7), command=patient_worker)
    assert "patients in all arms" in client.post("/api/jobs", content=STUDY, headers=TOML).json()["error"]


@pytest.mark.parametrize("seed", ["-1", "1e3", "x", "9" * 40, "١"])
def test_a_seed_is_a_whole_number(client, seed):
    answer = client.post("/api/jobs", params={"seed": seed}, content=STUDY, headers=TOML)
    assert answer.status_code == 422
    assert "seed" in answer.json()["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/jobs/..",
        "/api/jobs/%2e%2e%2f",
        "/api/jobs/" + "0" * 32,
        "/api/jobs/" + "0" * 32 + "/files/summary.json",
        "/api/studies/..%2f..%2fREADME",
        "/api/nothing",
        "/etc/passwd",
    ],
)
def test_there_is_nothing_else(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json() == {"error": "there is nothing of that name"}


def test_hostile_names_stay_words(client):
    name = "<script>alert(1)</script>\" '"
    sent = json.dumps(arm(name=name.strip()))
    answer = client.post("/api/check", content=sent, headers={"Content-Type": "application/json"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["study"]["arm"][0]["name"] == name.strip()
    again = client.post("/api/check", content=answer.json()["toml"], headers=TOML)
    assert again.json() == answer.json()


def test_every_answer_says_what_a_browser_may_do(client):
    for path in ("/", "/api/jobs", "/nowhere"):
        headers = client.get(path).headers
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers
