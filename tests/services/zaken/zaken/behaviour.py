"""What every part of a zaak does the same: rights, the closed and the archived zaak, what is told and kept.

A test file declares a subclass that says what its part looks like. The first test is the one without rights.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.services.zaken.making import ZAKEN, Zaken, created, wrong

ARCHIVED = {"archiefstatus": "gearchiveerd", "archiefnominatie": "vernietigen", "archiefactiedatum": "2036-01-01"}
USUAL = ("zaken.lezen", "zaken.aanmaken", "zaken.bijwerken", "zaken.statussen.toevoegen", "zaken.heropenen")


class PartBehaviour:
    """`resource` and `path` name the part; `make` gives a body that can be posted to a zaak."""

    resource: str
    path: str
    patch: Mapping[str, Any] | None = None
    """A change that is allowed; None when there is no PATCH and PUT."""
    removable = True
    shown: str | None = None
    """The list of the zaak it stands in."""
    foreign = False
    """Whether `make` uses what another provider has."""

    async def make(self, zaken: Zaken, zaak: str) -> dict[str, Any]:
        """The body of a new one."""
        raise NotImplementedError

    def collection(self, zaak: str) -> str:
        """Where it is posted and listed."""
        return f"{ZAKEN}{self.path}"

    async def add(self, zaken: Zaken, zaak: str) -> dict[str, Any]:
        """A new one."""
        return created(await zaken.client.post(self.collection(zaak), json=await self.make(zaken, zaak)))

    async def attempts(self, caller: httpx.AsyncClient, zaken: Zaken, zaak: str, url: str) -> list[httpx.Response]:
        """Every way to change something: add one, and change and remove the one at `url`."""
        answers = [await caller.post(self.collection(zaak), json=await self.make(zaken, zaak))]
        if self.patch is not None:
            answers.append(await caller.put(url, json=await zaken.get(url) | {**self.patch}))
            answers.append(await caller.patch(url, json=dict(self.patch)))
        if self.removable:
            answers.append(await caller.delete(url))
        return answers

    async def test_without_token_or_scope_nothing_is_changed(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        url = (await self.add(zaken, zaak))["url"]
        before = await zaken.get(url)
        reader = zaken.limited("lezer", "zaken.lezen", "audittrails.lezen")
        elsewhere = zaken.limited("buurman", *USUAL, zaaktype=f"{zaken.zaaktype[:-3]}abc")
        for caller in (zaken.service.anonymous(), zaken.limited("leeg"), reader, elsewhere):
            for answer in await self.attempts(caller, zaken, zaak, url):
                assert (answer.status_code, answer.json()["status"]) == (403, 403)
        assert await zaken.get(url) == before

    async def test_is_read_with_the_rights_on_its_zaak(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        made = await self.add(zaken, zaak)
        reader = zaken.limited("lezer", "zaken.lezen")
        lower = zaken.limited("lager", "zaken.lezen", maxVertrouwelijkheidaanduiding="intern")
        for caller in (zaken.service.anonymous(), zaken.limited("leeg"), zaken.limited("schrijver", "zaken.bijwerken")):
            assert (await caller.get(made["url"])).status_code == 403
            assert (await caller.get(self.collection(zaak))).status_code == 403
        assert (await lower.get(made["url"])).status_code == 403
        assert results(await reader.get(made["url"])) == [made]
        assert results(await reader.get(self.collection(zaak))) == [made]
        assert (await zaken.client.get(f"{made['url'][:-4]}0000")).status_code == 404
        await self.not_listed(lower, zaak)

    async def not_listed(self, caller: httpx.AsyncClient, zaak: str) -> None:
        """What belongs to a zaak that may not be seen is left out."""
        assert results(await caller.get(self.collection(zaak))) == []

    async def test_is_told_and_kept_with_its_zaak(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        await self.make(zaken, zaak["url"])
        before = len(await zaken.service.outbox())
        made = await self.add(zaken, zaak["url"])
        actions = ["create"]
        if self.shown is not None:
            assert (await zaken.get(zaak["url"]))[self.shown] == [made["url"]]
        if self.patch is not None:
            body = made | {**self.patch}
            answers = await zaken.client.put(made["url"], json=body), await zaken.client.patch(made["url"], json=body)
            assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
            actions += ["update", "partial_update"]
        if self.removable:
            assert (await zaken.client.delete(made["url"])).status_code == 204
            assert (await zaken.client.get(made["url"])).status_code == 404
            assert self.shown is None or (await zaken.get(zaak["url"]))[self.shown] == []
            actions.append("destroy")
        events = [one["data"] for one in (await zaken.service.outbox())[before:]]
        own = [one for one in events if one["resource"] == self.resource]
        assert [(one["actie"], one["hoofdObject"]) for one in own] == [(action, zaak["url"]) for action in actions]
        trail = await zaken.get(f"{zaak['url']}/audittrail")
        lines = [line for line in trail if line["resource"] == self.resource]
        assert [lines[0]["actie"], lines[0]["resourceUrl"]] == ["create", made["url"]]
        assert lines[0]["wijzigingen"] == {"oud": {}, "nieuw": made}
        assert {line["actie"] for line in lines} >= set(actions) - {"partial_update"}

    async def test_of_a_closed_zaak_changes_only_as_a_correction(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        url = (await self.add(zaken, zaak))["url"]
        await zaken.close(zaak)
        for answer in await self.attempts(zaken.limited("behandelaar", *USUAL), zaken, zaak, url):
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        corrector = zaken.limited("corrector", "zaken.geforceerd-bijwerken")
        for answer in await self.attempts(corrector, zaken, zaak, url):
            assert answer.status_code in {200, 201, 204}, answer.text

    async def test_of_an_archived_zaak_does_not_change(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        url = (await self.add(zaken, zaak))["url"]
        assert (await zaken.client.patch(zaak, json=ARCHIVED)).status_code == 200
        answers = await self.attempts(zaken.client, zaken, zaak, url)
        if self.removable:
            assert answers.pop().status_code == 204, "who destroys a dossier takes it apart"
        for answer in answers:
            assert ("nonFieldErrors", "zaak-archiefstatus-invalid") in wrong(answer)

    async def test_refuses_a_zaak_that_is_not_there(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        body = await self.make(zaken, zaak)
        name = next(name for name, value in body.items() if value == zaak)
        for url, code in ((f"{zaak[:-4]}0000", "does_not_exist"), ("https://elders.example/zaken/1", "no_match")):
            answer = await zaken.client.post(self.collection(zaak), json=body | {name: url})
            assert wrong(answer) == {(name, code)}


def results(answer: httpx.Response) -> list[dict[str, Any]]:
    """What a list, paged or whole, or one thing holds."""
    assert answer.status_code == 200, answer.text
    content = answer.json()
    if isinstance(content, dict) and "results" in content:
        assert content["count"] == len(content["results"])
        content = content["results"]
    return content if isinstance(content, list) else [content]
