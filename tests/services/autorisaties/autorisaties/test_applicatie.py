"""Applicaties: rights first, then the rules ac-001, ac-002 and ac-003, then races and what services get."""

import asyncio
from typing import Any

import pytest

from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest
from services.autorisaties.autorisaties.applicatie import LIMITS, AutorisatieIn

BASE = "/autorisaties/api/v1"
RIGHT = {
    "component": "zrc",
    "scopes": ["zaken.lezen"],
    "zaaktype": "https://ztc.example/catalogi/api/v1/zaaktypen/1",
    "maxVertrouwelijkheidaanduiding": "openbaar",
}
BODY: dict[str, Any] = {
    "label": "Portaal",
    "clientIds": ["portaal"],
    "heeftAlleAutorisaties": False,
    "alleenIsGereedVoorPublicatie": False,
    "autorisaties": [RIGHT],
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
        right = RIGHT | {"componentWeergave": "Zaken API"}
        assert answer.json() == {**BODY, "url": answer.json()["url"], "autorisaties": [right]}
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

    async def test_of_two_at_once_for_one_client_one_is_refused(self, autorisaties: ServiceUnderTest) -> None:
        client = autorisaties.client()
        bodies = [BODY | {"label": f"a{number}"} for number in range(4)]
        answers = await asyncio.gather(*(client.post(f"{BASE}/applicaties", json=body) for body in bodies))
        assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]
        assert len(await autorisaties.outbox()) == 1

    async def test_two_that_exchange_clients_do_not_block_each_other(self, autorisaties: ServiceUnderTest) -> None:
        client = autorisaties.client()
        bodies = [BODY | {"label": name, "clientIds": [name]} for name in ("a", "b")]
        urls = [(await client.post(f"{BASE}/applicaties", json=body)).json()["url"] for body in bodies]
        swaps = zip(urls, reversed(bodies), strict=True)
        answers = await asyncio.gather(*(client.put(url, json=body) for url, body in swaps))
        assert [answer.status_code for answer in answers] == [400, 400]

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


REQUIRED = {
    "zrc": ("zaken.lezen", {"zaaktype", "maxVertrouwelijkheidaanduiding"}),
    "drc": ("documenten.lezen", {"informatieobjecttype", "maxVertrouwelijkheidaanduiding"}),
    "brc": ("besluiten.lezen", {"besluittype"}),
}


class TestLimits:
    @pytest.mark.parametrize("component", REQUIRED)
    async def test_rights_on_the_main_resource_are_limited(
        self, autorisaties: ServiceUnderTest, component: str
    ) -> None:
        scope, names = REQUIRED[component]
        rights = [RIGHT, {"component": component, "scopes": ["audittrails.lezen", scope]} | dict.fromkeys(names, "")]
        answer = await autorisaties.client().post(f"{BASE}/applicaties", json=BODY | {"autorisaties": rights})
        wrong = {(field["name"], field["code"]) for field in answer.json()["invalidParams"]}
        assert wrong == {(f"autorisaties.1.{name}", "required") for name in names}

    @pytest.mark.parametrize("component", REQUIRED)
    async def test_other_rights_need_no_limit(self, autorisaties: ServiceUnderTest, component: str) -> None:
        rights = [{"component": component, "scopes": ["notificaties.publiceren"], "zaaktype": ""}]
        answer = await autorisaties.client().post(f"{BASE}/applicaties", json=BODY | {"autorisaties": rights})
        assert answer.status_code == 201, answer.text
        [right] = answer.json()["autorisaties"]
        assert right.keys() == {"component", "componentWeergave", "scopes"}

    def test_every_limit_is_one_that_a_right_can_have(self) -> None:
        assert {one for names in LIMITS.values() for one in names} <= AutorisatieIn.model_fields.keys()

    async def test_a_limit_that_nobody_judges_is_refused(self, autorisaties: ServiceUnderTest) -> None:
        rights = [
            RIGHT | {"afdeling": "parkeren"},
            {"component": "klanten", "scopes": ["partijen.lezen"], "afdeling": "parkeren"},
            {"component": "ztc", "scopes": ["catalogi.lezen"], "zaaktype": RIGHT["zaaktype"]},
        ]
        answer = await autorisaties.client().post(f"{BASE}/applicaties", json=BODY | {"autorisaties": rights})
        assert {(field["name"], field["code"]) for field in answer.json()["invalidParams"]} == {
            ("autorisaties.0.afdeling", "must-be-empty"),
            ("autorisaties.1.afdeling", "must-be-empty"),
            ("autorisaties.2.zaaktype", "must-be-empty"),
        }

    async def test_a_type_is_a_url_and_a_level_exists(self, autorisaties: ServiceUnderTest) -> None:
        rights = [RIGHT | {"zaaktype": "verhuizing", "maxVertrouwelijkheidaanduiding": "geheimst"}]
        answer = await autorisaties.client().post(f"{BASE}/applicaties", json=BODY | {"autorisaties": rights})
        assert {(field["name"], field["code"]) for field in answer.json()["invalidParams"]} == {
            ("autorisaties.0.zaaktype", "invalid"),
            ("autorisaties.0.maxVertrouwelijkheidaanduiding", "invalid_choice"),
        }

    async def test_what_is_published_only_is_kept(self, autorisaties: ServiceUnderTest) -> None:
        client = autorisaties.client()
        made = await client.post(f"{BASE}/applicaties", json=BODY | {"alleenIsGereedVoorPublicatie": True})
        assert made.json()["alleenIsGereedVoorPublicatie"] is True
        row = (await autorisaties.runtime.database.fetch("SELECT key, value FROM policy_publicatie"))[0]
        assert b'"alleenIsGereedVoorPublicatie":true' in autorisaties.runtime.keyring.open(
            row["value"], f"policy:{row['key']}"
        )
        patched = await client.patch(made.json()["url"], json={"label": "Ander"})
        assert patched.json()["alleenIsGereedVoorPublicatie"] is True


class TestReadAndChange:
    async def test_without_rights_is_refused(self, autorisaties: ServiceUnderTest) -> None:
        nobody = autorisaties.client("niemand", [])
        url = f"{BASE}/applicaties/00000000-0000-0000-0000-000000000000"
        for call in (
            nobody.get(f"{BASE}/applicaties"),
            nobody.get(url),
            nobody.delete(url),
            nobody.put(url, json=BODY),
            nobody.patch(url, json={}),
            nobody.get(f"{BASE}/applicaties/consumer", params={"clientId": "portaal"}),
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
        assert (lines[1]["actie"], lines[1]["oud"], lines[1]["nieuw"]) == (
            "partial_update",
            made.content,
            answer.content,
        )
        assert [(event["sequence"], event["data"]["actie"]) for event in await autorisaties.outbox()] == [
            (1, "create"),
            (2, "partial_update"),
        ]

    async def test_replacing_puts_back_what_is_not_sent(self, autorisaties: ServiceUnderTest) -> None:
        client = autorisaties.client()
        url = (await client.post(f"{BASE}/applicaties", json=BODY | {"alleenIsGereedVoorPublicatie": True})).json()[
            "url"
        ]
        answer = await client.put(url, json={"label": "Alles", "clientIds": ["a", "b"], "heeftAlleAutorisaties": True})
        assert answer.json() == {
            "url": url,
            "label": "Alles",
            "clientIds": ["a", "b"],
            "heeftAlleAutorisaties": True,
            "alleenIsGereedVoorPublicatie": False,
            "autorisaties": [],
        }
        assert (await client.get(f"{BASE}/applicaties", params={"clientIds": "portaal"})).json()["count"] == 0

    async def test_removed_is_gone_and_its_client_free(self, autorisaties: ServiceUnderTest) -> None:
        client = autorisaties.client()
        url = (await client.post(f"{BASE}/applicaties", json=BODY)).json()["url"]
        answer = await client.delete(url)
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await client.get(url)).status_code == 404
        assert (await client.post(f"{BASE}/applicaties", json=BODY)).status_code == 201
        assert [event["data"]["actie"] for event in await autorisaties.outbox()] == ["create", "destroy", "create"]

    async def test_head_has_the_headers_of_get(self, autorisaties: ServiceUnderTest) -> None:
        client = autorisaties.client()
        url = (await client.post(f"{BASE}/applicaties", json=BODY)).json()["url"]
        head, get = await client.head(url), await client.get(url)
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", get.headers["etag"])

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
        admin = autorisaties.client()
        assert (await admin.get(f"{BASE}/applicaties/consumer", params={"clientId": "ander"})).status_code == 404
        for wrong in ({}, {"clientId": "portaal", "page": "1"}):
            assert (await admin.get(f"{BASE}/applicaties/consumer", params=wrong)).status_code == 400


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
