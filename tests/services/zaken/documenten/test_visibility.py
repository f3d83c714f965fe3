"""Which documents a caller sees."""

from typing import Any

from tests.services.zaken.documenten.making import DOCUMENTEN, Documenten
from tests.services.zaken.making import RSIN

EIOS = f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"


class TestRights:
    async def test_without_rights(self, documenten: Documenten) -> None:
        document = await documenten.make()
        nobody = documenten.limited("niemand")
        for method, path, body in (
            ("GET", EIOS, None),
            ("POST", EIOS, documenten.body()),
            ("GET", document["url"], None),
            ("GET", document["inhoud"], None),
            ("PUT", document["url"], documenten.body(lock="x")),
            ("PATCH", document["url"], {"titel": "x"}),
            ("DELETE", document["url"], None),
            ("POST", f"{document['url']}/lock", None),
            ("POST", f"{document['url']}/unlock", {}),
            ("POST", f"{EIOS}/_zoek", {"uuid__in": []}),
        ):
            answer = await nobody.request(method, path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied"), (method, path)

    async def test_a_right_holds_for_a_type_up_to_a_level(self, documenten: Documenten) -> None:
        other = await documenten.make_type(omschrijving="Rapport")
        seen = await documenten.make(vertrouwelijkheidaanduiding="openbaar")
        secret = await documenten.make(vertrouwelijkheidaanduiding="geheim")
        elsewhere = await documenten.make(informatieobjecttype=other)
        reader = documenten.limited("lezer", "documenten.lezen", maxVertrouwelijkheidaanduiding="intern")
        listed = (await reader.get(EIOS)).json()
        assert [one["url"] for one in listed["results"]] == [seen["url"]]
        assert listed["count"] == 1
        ids = [one["url"].rsplit("/", 1)[1] for one in (seen, secret, elsewhere)]
        found = await reader.post(f"{EIOS}/_zoek", json={"uuid__in": ids, "bronorganisatie": RSIN})
        assert [one["url"] for one in found.json()["results"]] == [seen["url"]]
        for hidden in (secret, elsewhere):
            assert (await reader.get(hidden["url"])).status_code == 403
            assert (await reader.get(hidden["inhoud"])).status_code == 403

    async def test_who_may_read_what_is_publishable_only(self, documenten: Documenten) -> None:
        publishable = await documenten.make(isGereedVoorPublicatie=True)
        await documenten.make(isGereedVoorPublicatie=False)
        other = await documenten.make()
        service = documenten.zaken.service
        client = service.client("website", [])
        content: dict[str, Any] = {
            "clientIds": ["website"],
            "label": "website",
            "heeftAlleAutorisaties": True,
            "alleenIsGereedVoorPublicatie": True,
            "autorisaties": [],
        }
        service._put("applicatie.website", content)
        listed = (await client.get(EIOS)).json()
        assert [one["url"] for one in listed["results"]] == [publishable["url"]]
        assert listed["count"] == 1
        assert (await client.get(other["url"])).status_code == 403
        assert (await client.get(publishable["inhoud"])).status_code == 200
