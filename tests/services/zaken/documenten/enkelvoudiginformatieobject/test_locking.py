"""Locking and unlocking: who may change a document, and what holds it."""

from tests.services.zaken.documenten.making import DOCUMENTEN, Documenten
from tests.services.zaken.making import wrong

EIOS = f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"


class TestLock:
    async def test_a_change_needs_the_lock(self, documenten: Documenten) -> None:
        document = await documenten.make()
        patch = documenten.client.patch
        assert wrong(await patch(document["url"], json={"titel": "x"})) == {("nonFieldErrors", "unlocked")}
        put = await documenten.client.put(document["url"], json=documenten.body(lock="anders"))
        assert wrong(put) == {("nonFieldErrors", "unlocked")}
        await documenten.lock(document)
        assert wrong(await patch(document["url"], json={"titel": "x"})) == {("nonFieldErrors", "missing-lock-id")}
        assert wrong(await patch(document["url"], json={"lock": "x"})) == {("nonFieldErrors", "incorrect-lock-id")}
        put = await documenten.client.put(document["url"], json=documenten.body())
        assert wrong(put) == {("lock", "required")}

    async def test_it_is_locked_once(self, documenten: Documenten) -> None:
        document = await documenten.make()
        await documenten.lock(document)
        again = await documenten.client.post(f"{document['url']}/lock")
        assert wrong(again) == {("nonFieldErrors", "existing-lock")}

    async def test_unlocking(self, documenten: Documenten) -> None:
        document = await documenten.make()
        lock = await documenten.lock(document)
        limited = documenten.limited("behandelaar", "documenten.lock")
        url = f"{document['url']}/unlock"
        assert wrong(await limited.post(url)) == {("nonFieldErrors", "missing-lock-id")}
        assert wrong(await limited.post(url, json={"lock": "x"})) == {("nonFieldErrors", "incorrect-lock-id")}
        await documenten.unlock(document, lock)
        assert (await documenten.client.get(document["url"])).json()["locked"] is False

    async def test_by_force(self, documenten: Documenten) -> None:
        document = await documenten.make()
        await documenten.lock(document)
        beheer = documenten.limited("beheer", "documenten.geforceerd-unlock")
        assert (await beheer.post(f"{document['url']}/unlock")).status_code == 204
        assert (await documenten.client.get(document["url"])).json()["locked"] is False

    async def test_parts_that_are_missing_keep_it_locked_unless_forced(self, documenten: Documenten) -> None:
        document = await documenten.make(inhoud=None, bestandsomvang=12)
        url = f"{document['url']}/unlock"
        answer = await documenten.client.post(url, json={"lock": document["lock"]})
        assert wrong(answer) == {("nonFieldErrors", "incomplete-upload")}
        assert (await documenten.client.post(url)).status_code == 204
        shown = (await documenten.client.get(document["url"])).json()
        assert (shown["locked"], shown["bestandsdelen"], shown["bestandsomvang"]) == (False, [], None)
