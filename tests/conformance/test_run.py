"""The parts of the conformance run that need no node: reading a report, comparing, the stand-ins, the declared clients."""

import json
import urllib.error
import urllib.request

import jwt
import pytest
import yaml

import tests.conformance.__main__ as program
from services.autorisaties.declaratie import Declaration
from tests.conformance.expectation import EXPECTED, Comparison, compare, read, write
from tests.conformance.installing import declared, variables
from tests.conformance.newman import NotRun, command, run_newman
from tests.conformance.report import Figures, Report
from tests.conformance.stub import PAGE, answer, lists, serving
from tests.conformance.suites import CLIENTS, MOST_TURNS, SUITES, guarded, prepared
from tests.conformance.tables import print_comparison, print_failures, print_folders, print_missing

BASE = "http://127.0.0.1:1"
LISTS = "/referentielijsten/api/v1"


def item(name):
    return {"name": name, "id": name}


def execution(name, status, *assertions, error=None):
    """One request as newman reports it; an assertion is (text, error or None)."""
    errors = [{"name": "AssertionError", "message": one} for _, one in assertions if one]
    return {
        "item": item(name),
        "response": {"code": status, "stream": {"type": "Buffer", "data": list(b'{"x":1}')}} if status else None,
        "assertions": [
            {"assertion": text, "error": {"message": wrong} if wrong else None} for text, wrong in assertions
        ],
        "testScript": [{"error": one} for one in [*errors, error] if one],
    }


@pytest.fixture
def report():
    folders = [
        {"name": "zrc", "item": [{"name": "zrc-001", "item": [{"name": "deep", "item": [item("a")]}, item("b")]}]}
    ]
    collection = {
        "name": "all",
        "item": [{"name": "Tests", "item": [{"name": "standaard.md", "item": folders}]}, item("c")],
    }
    broke = {"name": "TypeError", "message": "undefined has no url"}
    executions = [
        execution("a", 200, ("one", None), ("two", "expected 400")),
        execution("b", 404, error=broke),
        execution("a", 201, ("one", None)),
        execution("c", None),
    ]
    return Report({"collection": collection, "run": {"executions": executions}})


def test_a_report_is_counted_per_folder_of_two_levels(report):
    assert report.figures() == {"zrc/zrc-001": Figures(passed=2, failed=1)}
    folder = report.folders["zrc/zrc-001"]
    assert (folder.requests, folder.broken) == (3, 1)
    assert report.folders["-"].requests == 1


def test_a_failed_assertion_is_told_with_its_answer(report):
    failed, broken = report.folders["zrc/zrc-001"].failures
    assert (failed.request, failed.status, failed.assertion, failed.body) == ("a", 200, "two", '{"x":1}')
    assert (broken.assertion, broken.message) == ("", "undefined has no url")


def test_the_total_is_one_line(report):
    assert report.line(SUITES["zgw-2024"]) == (
        "2 assertions passed, 1 failed (a complete provider runs 392); 3 requests, 1 of them answered 404; "
        "scripts that broke off: 1, loops ended: 0"
    )


def test_a_request_made_as_often_as_allowed_was_a_loop():
    executions = [execution(name, 200) for name in ["a"] * MOST_TURNS + ["(COMMON) b"] * MOST_TURNS]
    assert Report({"collection": {"item": []}, "run": {"executions": executions}}).loops == 1


def test_what_is_printed(report, capsys):
    print_folders(report)
    print_failures(report)
    print_comparison("zgw-2024", compare({}, report.figures()))
    print_missing()
    said = capsys.readouterr().out
    assert "zrc/zrc-001" in said
    assert "WORSE: zrc/zrc-001: 0 passed / 0 failed expected, 2 passed / 1 failed found" in said
    assert "Not there yet" in said


@pytest.mark.parametrize(
    ("was", "now", "worse"),
    [
        (Figures(2, 1), Figures(2, 1), None),
        (Figures(2, 1), Figures(1, 1), True),
        (Figures(2, 1), Figures(3, 2), True),
        (Figures(2, 1), Figures(3, 0), False),
        (Figures(2, 1), Figures(2, 0), False),
        (Figures(2, 1), None, True),
        (None, Figures(0, 1), True),
        (None, Figures(1, 0), False),
    ],
)
def test_figures_may_only_improve(was, now, worse):
    found = compare({"x": was} if was else {}, {"x": now} if now else {})
    assert ("x" in found.worse, "x" in found.better) == (worse is True, worse is False)


def test_the_expectation_survives_writing(tmp_path):
    expected = {"oas-2024": {"ZRC/zaken": Figures(3, 4)}, "zgw-2024": {'a "b"': Figures(0, 1)}}
    write(expected, tmp_path / "expected.toml")
    assert read(tmp_path / "expected.toml") == expected
    assert read(tmp_path / "none.toml") == {}


def test_every_collection_has_an_expectation():
    expected = read(EXPECTED)
    assert set(expected) == set(SUITES)
    assert all(compare(folders, folders) == Comparison() for folders in expected.values())


def test_the_guard_is_all_that_is_added_to_a_collection():
    mine = {"listen": "test", "script": {"exec": ["1"]}}
    collection = {"info": {"name": "x"}, "item": [item("a")], "event": [mine]}
    result = guarded(collection)
    assert result["event"][1:] == [mine]
    assert "skipRequest" in "".join(result["event"][0]["script"]["exec"])
    assert {**result, "event": [mine]} == collection


def test_a_folder_without_the_collection_is_told(tmp_path):
    with pytest.raises(NotRun, match=r"ZGW_OAS_tests\.json of bd2785b"):
        prepared(SUITES["oas-2024"], tmp_path)


def test_newman_is_the_one_given(monkeypatch):
    monkeypatch.setenv("NEWMAN", "node 'my newman.js'")
    assert command() == ["node", "my newman.js"]
    monkeypatch.setenv("NEWMAN", "")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NotRun, match="needs node"):
        command()


@pytest.mark.parametrize(
    ("newman", "said"), [("true", "wrote no report"), ("sh -c 'sleep 60'", "did not end within 0 s")]
)
def test_a_newman_that_tells_nothing_is_not_judged(monkeypatch, tmp_path, newman, said):
    monkeypatch.setenv("NEWMAN", newman)
    with pytest.raises(NotRun, match=said):
        run_newman({}, {}, tmp_path, 0 if "sleep" in newman else 20)


@pytest.mark.parametrize(("was", "code"), [(Figures(2, 1), 0), (Figures(0, 5), 0), (Figures(3, 1), 1)])
def test_the_exit_code_says_whether_it_got_worse(monkeypatch, report, was, code):
    monkeypatch.setattr(program, "run", lambda *_: report)
    monkeypatch.setattr(program, "read", lambda: {"oas-2024": {"zrc/zrc-001": was}})
    assert program.main(["clone", "--collection", "oas-2024"]) == code


def test_the_exit_code_says_when_it_could_not_be_judged(tmp_path, capsys):
    assert program.main([str(tmp_path), "--collection", "oas-2024"]) == 2
    assert "could not be judged" in capsys.readouterr().out


def test_the_declared_clients_are_a_declarative_file():
    declaration = Declaration.model_validate(yaml.safe_load(json.dumps(declared(CLIENTS))))
    assert [entry.heeft_alle_autorisaties for entry in declaration.applicaties] == [True, True]
    assert [one.client_id for one in declaration.credentials] == ["zgw_api_tests_limited"]


def test_the_variables_point_at_gateway_and_stub():
    values = variables("http://gateway", "http://stub")
    assert (values["zrc_url"], values["mock_url"]) == ("http://gateway/zaken/api/v1", "http://stub/mock")
    assert (values["secret"], values["secret_limited"]) == ("secret", "secret_limited")


def get(path, base=BASE, **options):
    reply = answer("GET", path, base, CLIENTS, **options)
    return reply.status, json.loads(reply.body) if reply.kind == "application/json" and reply.body else reply.body


def test_resultaten_are_paged_and_have_what_the_collections_look_for():
    status, page = get(f"{LISTS}/resultaten")
    assert (status, page["count"], page["previous"]) == (200, len(lists(BASE + LISTS)["resultaten"]), None)
    terms = {row["procestermijn"] for row in page["results"]}
    assert {"", "nihil", "vast_te_leggen_datum", "ingeschatte_bestaansduur_procesobject"} <= terms
    assert get(f"{LISTS}/resultaten?page={page['count'] // PAGE + 2}")[0] == 404
    filtered = get(f"{LISTS}/resultaten?procesType={page['results'][0]['procesType']}")[1]
    assert 0 < filtered["count"] < page["count"]


@pytest.mark.parametrize("name", ["procestypen", "resultaattypeomschrijvingen", "communicatiekanalen"])
def test_other_lists_are_plain_and_each_row_is_at_its_url(name):
    status, rows = get(f"{LISTS}/{name}")
    assert (status, type(rows)) == (200, list)
    assert all(get(row["url"].removeprefix(BASE)) == (200, row) for row in rows)
    assert get(f"{LISTS}/{name}/none")[0] == 404


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [("/mock/200", 200, "text/html"), ("/mock/404", 404, "text/html"), ("/mock/zaaktype", 200, "application/json")],
)
def test_mocks(path, status, kind):
    reply = answer("GET", path, BASE, CLIENTS)
    assert (reply.status, reply.kind) == (status, kind)


def test_a_callback_refuses_without_credentials():
    assert answer("POST", "/mock/callback", BASE, CLIENTS).status == 403
    assert answer("POST", "/mock/callback", BASE, CLIENTS, authorization="Bearer x").status == 204


def test_the_issuer_gives_a_token_to_a_client_that_knows_its_secret():
    client = CLIENTS[-1]
    body = json.dumps({"clientIds": [client.client_id], "secret": client.secret}).encode()
    reply = answer("POST", "/token-issuer", BASE, CLIENTS, body=body)
    token = json.loads(reply.body)["authorization"].removeprefix("Bearer ")
    assert jwt.decode(token, client.secret, ["HS256"])["client_id"] == client.client_id
    for wrong in ({"clientIds": [client.client_id], "secret": "x"}, {"clientIds": ["x"], "secret": "x"}, {}):
        assert answer("POST", "/token-issuer", BASE, CLIENTS, body=json.dumps(wrong).encode()).status == 403


def test_the_stub_serves_its_own_urls():
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with serving(CLIENTS) as base:
        with opener.open(f"{base}/mock/zaak", timeout=5) as reply:
            assert json.load(reply)["url"] == f"{base}/mock/zaak"
        with pytest.raises(urllib.error.HTTPError) as caught:
            opener.open(f"{base}/mock/404", timeout=5)
        caught.value.close()
