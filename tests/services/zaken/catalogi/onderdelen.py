"""What holds for every part of a zaaktype: the same tests for each, given its body and a change of it."""

from dataclasses import dataclass, field
from typing import Any

from services.zaken.referentielijsten.referentielijst import BASE, rows
from tests.services.zaken.making import CATALOGI, Zaken, created, wrong

HERE = "http://meent.test"


def listed(name: str, key: str, value: object) -> str:
    """URL of the first of our own reference rows in which this field has this value."""
    return next(
        f"{HERE}{BASE}/{name}/{row_id}" for row_id, row in rows(HERE)[name].items() if getattr(row, key) == value
    )


PROCESTYPE = listed("procestypen", "naam", "Vergunning geven")


@dataclass(frozen=True)
class Kind:
    """A kind of part: its path, a valid body without zaaktype, and a change."""

    path: str
    name: str
    body: dict[str, Any]
    change: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields of a body that only a test that reaches the register can know."""

    async def make(self, zaken: Zaken, **fields: Any) -> dict[str, Any]:
        """One of a new concept, unless `zaaktype` is given."""
        return created(await zaken.client.post(f"{CATALOGI}{self.path}", json=await self.whole(zaken, **fields)))

    async def whole(self, zaken: Zaken, **fields: Any) -> dict[str, Any]:
        """A body for a new concept, unless `zaaktype` is given."""
        if "zaaktype" not in fields:
            fields["zaaktype"] = await concept(zaken)
        return self.body | {"catalogus": zaken.catalogus} | fields


async def concept(zaken: Zaken, **fields: Any) -> str:
    """URL of a concept of the procestype `Vergunning geven`."""
    chosen = {"identificatie": "concept", "selectielijstProcestype": PROCESTYPE} | fields
    return (await zaken.make_zaaktype(publish=False, **chosen))[0]


class Onderdeel:
    """Inherit with `kind`."""

    kind: Kind

    async def test_writing_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        made = await self.kind.make(zaken)
        body = await self.kind.whole(zaken, zaaktype=made["zaaktype"])
        readers = [zaken.service.anonymous(), zaken.limited("lezer", "zaken.lezen")]
        readers.append(zaken.service.client("ander", [{"component": "ztc", "scopes": ["catalogi.lezen"]}]))
        for reader in readers:
            assert (await reader.post(f"{CATALOGI}{self.kind.path}", json=body)).status_code == 403
            assert (await reader.put(made["url"], json=body)).status_code == 403
            assert (await reader.patch(made["url"], json=self.kind.change)).status_code == 403
            assert (await reader.delete(made["url"])).status_code == 403
        forced = zaken.service.client("forceert", [{"component": "ztc", "scopes": ["catalogi.geforceerd-verwijderen"]}])
        assert (await forced.patch(made["url"], json=self.kind.change)).status_code == 403
        assert (await forced.delete(made["url"])).status_code == 204

    async def test_reading_without_rights_is_refused(self, zaken: Zaken) -> None:
        made = await self.kind.make(zaken)
        for reader in (zaken.service.anonymous(), zaken.service.client("leeg", [])):
            assert (await reader.get(made["url"])).status_code == 403
            assert (await reader.head(made["url"])).status_code == 403
            assert (await reader.get(f"{CATALOGI}{self.kind.path}")).status_code == 403
        assert (await zaken.limited("lezer", "zaken.lezen").get(made["url"])).status_code == 200

    async def test_made_shown_and_told(self, zaken: Zaken) -> None:
        made = await self.kind.make(zaken)
        assert made | self.kind.body == made
        assert await zaken.get(made["url"]) == made
        etag = (await zaken.client.get(made["url"])).headers["etag"]
        assert (await zaken.client.head(made["url"])).headers["etag"] == etag
        assert (await zaken.client.get(made["url"], headers={"If-None-Match": etag})).status_code == 304
        event = (await zaken.service.outbox())[-1]
        assert event["type"] == f"nl.overheid.zaaktypen.{self.kind.name}-toegevoegd"
        assert event["data"]["hoofdObject"] == made["zaaktype"]
        assert event["dataref"] == made["url"]
        audit = (await zaken.service.audit())[-1]
        assert (audit["resource"], audit["actie"], audit["oud"]) == (self.kind.name, "create", None)

    async def test_what_it_has_of_its_zaaktype(self, zaken: Zaken) -> None:
        url = await concept(zaken, beginGeldigheid="2021-05-01", eindeGeldigheid="2030-01-01")
        made = await self.kind.make(zaken, zaaktype=url, beginGeldigheid="2021-05-01", beginObject="2019-01-01")
        assert (made["beginGeldigheid"], made["eindeGeldigheid"]) == ("2021-05-01", "2030-01-01")
        assert (made["beginObject"], made["eindeObject"]) == ("2019-01-01", None)
        assert (made["zaaktypeIdentificatie"], made["catalogus"]) == ("concept", zaken.catalogus)
        for name in ("beginGeldigheid", "eindeGeldigheid"):
            body = await self.kind.whole(zaken, zaaktype=url) | {name: "2022-01-01"}
            answer = await zaken.client.post(f"{CATALOGI}{self.kind.path}", json=body)
            assert (name, "wijkt-af-van-zaaktype") in wrong(answer)

    async def test_put_replaces_and_patch_changes(self, zaken: Zaken) -> None:
        made = await self.kind.make(zaken)
        answer = await zaken.client.patch(made["url"], json=self.kind.change)
        assert answer.status_code == 200, answer.text
        assert answer.json() == made | self.kind.change
        assert answer.headers["etag"] == (await zaken.client.get(made["url"])).headers["etag"]
        body = await self.kind.whole(zaken, zaaktype=made["zaaktype"])
        answer = await zaken.client.put(made["url"], json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json() == made
        kinds = [(one["type"], one["data"]["actie"]) for one in (await zaken.service.outbox())[-2:]]
        changed = f"nl.overheid.zaaktypen.{self.kind.name}-gewijzigd"
        assert kinds == [(changed, "partial_update"), (changed, "update")]
        assert [one["actie"] for one in (await zaken.service.audit())[-2:]] == ["partial_update", "update"]

    async def test_a_change_is_checked_like_a_new_one(self, zaken: Zaken) -> None:
        made = await self.kind.make(zaken)
        other = await concept(zaken, identificatie="ander")
        body = await self.kind.whole(zaken, zaaktype=other)
        for answer in (
            await zaken.client.put(made["url"], json=body),
            await zaken.client.patch(made["url"], json={"zaaktype": other}),
        ):
            assert ("zaaktype", "wijzigen-niet-toegelaten") in wrong(answer)
        answer = await zaken.client.patch(made["url"], json={"beginGeldigheid": "1999-01-01"})
        assert wrong(answer) == {("beginGeldigheid", "wijkt-af-van-zaaktype")}
        name = next(iter(self.kind.change))
        assert wrong(await zaken.client.patch(made["url"], json={name: None})) == {(name, "null")}
        assert await zaken.get(made["url"]) == made

    async def test_removed(self, zaken: Zaken) -> None:
        made = await self.kind.make(zaken)
        answer = await zaken.client.delete(made["url"])
        assert (answer.status_code, answer.content) == (204, b"")
        for gone in (
            await zaken.client.get(made["url"]),
            await zaken.client.delete(made["url"]),
            await zaken.client.patch(made["url"], json={}),
        ):
            assert gone.status_code == 404
        assert (await zaken.service.outbox())[-1]["type"] == f"nl.overheid.zaaktypen.{self.kind.name}-verwijderd"
        assert (await zaken.service.audit())[-1]["actie"] == "destroy"

    async def test_of_a_published_zaaktype_only_as_a_correction(self, zaken: Zaken) -> None:
        """ztc-010."""
        url = await concept(zaken)
        made = await self.kind.make(zaken, zaaktype=url)
        assert (await zaken.client.post(f"{url}/publish")).status_code == 200
        body = await self.kind.whole(zaken, zaaktype=url)
        writer = zaken.service.client("schrijver", [{"component": "ztc", "scopes": ["catalogi.schrijven"]}])
        for answer in (
            await writer.post(f"{CATALOGI}{self.kind.path}", json=body),
            await writer.put(made["url"], json=body),
            await writer.patch(made["url"], json=self.kind.change),
            await writer.delete(made["url"]),
        ):
            assert wrong(answer) == {("nonFieldErrors", "non-concept-zaaktype")}
        forced = zaken.service.client("corrector", [{"component": "ztc", "scopes": ["catalogi.geforceerd-schrijven"]}])
        assert (await forced.patch(made["url"], json=self.kind.change)).status_code == 200

    async def test_found_by_its_zaaktype(self, zaken: Zaken) -> None:
        url = await concept(zaken, beginGeldigheid="2021-01-01", eindeGeldigheid="2021-12-31")
        made = await self.kind.make(zaken, zaaktype=url)
        alles = {} if self.kind.name == "zaakobjecttype" else {"status": "alles"}
        for query, found in (
            ({"zaaktype": url}, True),
            ({"zaaktype": zaken.zaaktype}, False),
            ({"zaaktypeIdentificatie": "concept"}, True),
            ({"zaaktypeIdentificatie": "onbekend"}, False),
            ({"datumGeldigheid": "2021-12-31"}, True),
            ({"datumGeldigheid": "2022-01-01"}, False),
        ):
            page = await zaken.get(f"{CATALOGI}{self.kind.path}", **query, **alles)
            assert (made["url"] in [one["url"] for one in page["results"]]) is found, query
        assert wrong(await zaken.client.get(f"{CATALOGI}{self.kind.path}", params={"zaaktype": "x"})) == {
            ("zaaktype", "bad-url")
        }
        assert wrong(await zaken.client.get(f"{CATALOGI}{self.kind.path}", params={"kleur": "rood"}))


class WithStatus(Onderdeel):
    """Parts whose list has the filter `status`."""

    async def test_concepts_are_not_listed_unless_asked(self, zaken: Zaken) -> None:
        made = await self.kind.make(zaken)
        for query, found in (({}, False), ({"status": "concept"}, True), ({"status": "definitief"}, False)):
            page = await zaken.get(f"{CATALOGI}{self.kind.path}", **query)
            assert (made["url"] in [one["url"] for one in page["results"]]) is found, query
        answer = await zaken.client.get(f"{CATALOGI}{self.kind.path}", params={"status": "half"})
        assert wrong(answer) == {("status", "invalid_choice")}
