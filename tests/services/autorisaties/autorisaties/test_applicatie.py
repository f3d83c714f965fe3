"""Applicaties: rights first, then the rules ac-001 and ac-002, then the policy other services get."""

import pytest

from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest

BASE = "/autorisaties/api/v1"
BODY = {
    "label": "Portaal",
    "clientIds": ["portaal"],
    "heeftAlleAutorisaties": False,
    "autorisaties": [{"component": "zrc", "scopes": ["zaken.lezen"], "maxVertrouwelijkheidaanduiding": "openbaar"}],
}


@pytest.fixture
async def autorisaties(service: MakeService) -> ServiceUnderTest:
    return await service("autorisaties")


class TestCreate:
    async def test_without_token_is_refused(self, autorisaties: ServiceUnderTest) -> None:
        answer = await autorisaties.anonymous().post(f"{BASE}/applicaties", json=BODY)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_authenticated")
        assert answer.headers["content-type"] == "application/problem+json"

    async def test_without_the_scope_is_refused(self, autorisaties: ServiceUnderTest) -> None:
        reader = autorisaties.client("lezer", [{"component": "ac", "scopes": ["autorisaties.lezen"]}])
        answer = await reader.post(f"{BASE}/applicaties", json=BODY)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")

    async def test_stores_audits_and_announces(self, autorisaties: ServiceUnderTest) -> None:
        answer = await autorisaties.client().post(
            f"{BASE}/applicaties", json=BODY, headers={"X-Audit-Toelichting": "nieuw portaal"}
        )
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == answer.json()["url"]
        assert answer.headers["api-version"] == "1.1.0"
        assert answer.json() | {"url": ""} == {**BODY, "url": ""}
        [event] = await autorisaties.outbox()
        assert event["nats"] == "zgw.v1.gm9001.autorisaties.applicatie.create"
        assert (event["sequence"], event["dataref"]) == (1, answer.json()["url"])
        [line] = await autorisaties.audit()
        assert (line["actie"], line["client_id"], line["toelichting"]) == ("create", "test", "nieuw portaal")
        assert (line["oud"], line["nieuw"]) == (None, answer.content)

    async def test_names_every_wrong_field_at_once(self, autorisaties: ServiceUnderTest) -> None:
        body = {"label": "x" * 101, "clientIds": [], "autorisaties": [{"component": "niets", "scopes": ["a"]}]}
        answer = await autorisaties.client().post(f"{BASE}/applicaties", json=body)
        assert answer.status_code == 400
        wrong = {(field["name"], field["code"]) for field in answer.json()["invalidParams"]}
        assert wrong == {
            ("label", "max_length"),
            ("clientIds", "min_length"),
            ("autorisaties.0.component", "invalid_choice"),
        }
        assert await autorisaties.outbox() == []

    async def test_a_client_belongs_to_one_applicatie(self, autorisaties: ServiceUnderTest) -> None:
        client = autorisaties.client()
        await client.post(f"{BASE}/applicaties", json=BODY)
        answer = await client.post(f"{BASE}/applicaties", json=BODY)
        assert answer.status_code == 400
        assert answer.json()["invalidParams"][0]["code"] == "clientId-exists"
        assert (await client.get(f"{BASE}/applicaties")).json()["count"] == 1

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"heeftAlleAutorisaties": True}, "ambiguous-authorizations-specified"),
            ({"autorisaties": []}, "missing-authorizations"),
        ],
    )
    async def test_everything_or_a_list(self, autorisaties: ServiceUnderTest, change: dict, code: str) -> None:
        answer = await autorisaties.client().post(f"{BASE}/applicaties", json=BODY | change)
        assert answer.json()["invalidParams"] == [
            {"name": "nonFieldErrors", "code": code, "reason": answer.json()["invalidParams"][0]["reason"]}
        ]


class TestReadAndChange:
    async def test_without_rights_is_refused(self, autorisaties: ServiceUnderTest) -> None:
        nobody = autorisaties.client("niemand", [])
        url = f"{BASE}/applicaties/00000000-0000-0000-0000-000000000000"
        for call in (
            nobody.get(f"{BASE}/applicaties"),
            nobody.get(url),
            nobody.delete(url),
            nobody.put(url, json=BODY),
        ):
            assert (await call).status_code == 403

    async def test_unknown_is_404_unknown_parameter_400(self, autorisaties: ServiceUnderTest) -> None:
        client = autorisaties.client()
        assert (await client.get(f"{BASE}/applicaties/00000000-0000-0000-0000-000000000000")).status_code == 404
        answer = await client.get(f"{BASE}/applicaties", params={"foo": "bar"})
        assert (answer.status_code, answer.json()["invalidParams"][0]["name"]) == (400, "foo")
        assert (await client.get(f"{BASE}/applicaties/")).status_code == 404

    async def test_change_is_audited_with_old_and_new(self, autorisaties: ServiceUnderTest) -> None:
        client = autorisaties.client()
        made = await client.post(f"{BASE}/applicaties", json=BODY)
        url = made.json()["url"]
        answer = await client.patch(url, json={"label": "Ander"})
        assert answer.json() == made.json() | {"label": "Ander"}
        lines = await autorisaties.audit()
        assert (lines[1]["oud"], lines[1]["nieuw"]) == (made.content, answer.content)
        assert [event["sequence"] for event in await autorisaties.outbox()] == [1, 2]

    async def test_null_is_not_a_label(self, autorisaties: ServiceUnderTest) -> None:
        client = autorisaties.client()
        url = (await client.post(f"{BASE}/applicaties", json=BODY)).json()["url"]
        answer = await client.patch(url, json={"label": None})
        assert answer.json()["invalidParams"][0]["name"] == "label"
        assert answer.json()["invalidParams"][0]["code"] == "null"

    async def test_a_change_keeps_the_rules_of_the_whole(self, autorisaties: ServiceUnderTest) -> None:
        client = autorisaties.client()
        url = (await client.post(f"{BASE}/applicaties", json=BODY)).json()["url"]
        for change, code in (
            ({"heeftAlleAutorisaties": True}, "ambiguous-authorizations-specified"),
            ({"autorisaties": []}, "missing-authorizations"),
            ({"clientIds": []}, "min_length"),
        ):
            answer = await client.patch(url, json=change)
            assert (answer.status_code, answer.json()["invalidParams"][0]["code"]) == (400, code)

    async def test_a_limit_is_never_empty(self, autorisaties: ServiceUnderTest) -> None:
        """An empty one would be none, and give everything."""
        for limit in ("afdeling", "ploeg"):
            rights = [{"component": "meldingen", "scopes": ["meldingen.lezen"], limit: ""}]
            answer = await autorisaties.client().post(f"{BASE}/applicaties", json=BODY | {"autorisaties": rights})
            assert answer.status_code == 400, answer.text
            assert answer.json()["invalidParams"][0]["name"] == f"autorisaties.0.{limit}"

    async def test_etag_saves_a_body(self, autorisaties: ServiceUnderTest) -> None:
        client = autorisaties.client()
        url = (await client.post(f"{BASE}/applicaties", json=BODY)).json()["url"]
        first = await client.get(url)
        again = await client.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    async def test_consumer_may_see_itself(self, autorisaties: ServiceUnderTest) -> None:
        await autorisaties.client().post(f"{BASE}/applicaties", json=BODY)
        own = autorisaties.client("portaal", [])
        assert (await own.get(f"{BASE}/applicaties/consumer", params={"clientId": "portaal"})).json()[
            "label"
        ] == "Portaal"
        assert (await own.get(f"{BASE}/applicaties/consumer", params={"clientId": "ander"})).status_code == 403


class TestPages:
    async def test_pages_link_to_each_other(self, autorisaties: ServiceUnderTest) -> None:
        client = autorisaties.client()
        for number in range(101):
            body = BODY | {"label": f"a{number}", "clientIds": [f"c{number}"]}
            assert (await client.post(f"{BASE}/applicaties", json=body)).status_code == 201
        page = (await client.get(f"{BASE}/applicaties")).json()
        assert (page["count"], len(page["results"]), page["previous"]) == (101, 100, None)
        following = (await client.get(page["next"])).json()
        assert (len(following["results"]), following["next"]) == (1, None)
        assert (await client.get(f"{BASE}/applicaties", params={"page": 3})).status_code == 404
        one = await client.get(f"{BASE}/applicaties", params={"clientIds": "c5,c7"})
        assert {result["label"] for result in one.json()["results"]} == {"a5", "a7"}
