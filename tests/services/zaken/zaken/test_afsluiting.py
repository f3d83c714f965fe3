"""Closing: what must be there first, what follows for the zaak and its deelzaken, and that reopening takes it back."""

import asyncio
from typing import Any

from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import ZAKEN, Zaken, wrong

FILED = ("einddatum", "archiefnominatie", "archiefactiedatum", "startdatumBewaartermijn")


def eindstatus(zaken: Zaken, zaak: str, at: str = "2026-02-01T10:00:00Z") -> dict[str, Any]:
    return {"zaak": zaak, "statustype": zaken.last, "datumStatusGezet": at}


async def filed(zaken: Zaken, zaak: str) -> list[Any]:
    content = await zaken.get(zaak)
    return [content[name] for name in FILED]


async def document(zaken: Zaken, elsewhere: Elsewhere, zaak: str, **fields: Any) -> str:
    """A document of a zaak at another provider."""
    kind = await zaken.make_informatieobjecttype()
    content = {"informatieobjecttype": kind, "indicatieGebruiksrecht": None, "status": ""} | fields
    body = {"zaak": zaak, "informatieobject": elsewhere.put("document", content)}
    answer = await zaken.client.post(f"{ZAKEN}/zaakinformatieobjecten", json=body)
    assert answer.status_code == 201, answer.text
    return str(body["informatieobject"])


class TestBefore:
    async def test_there_is_a_resultaat(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        before = len(await zaken.service.outbox())
        answer = await zaken.client.post(f"{ZAKEN}/statussen", json=eindstatus(zaken, zaak))
        assert wrong(answer) == {("nonFieldErrors", "resultaat-does-not-exist")}
        assert (await zaken.get(zaak))["status"] is None
        assert len(await zaken.service.outbox()) == before

    async def test_the_rights_on_documents_are_known(self, zaken: Zaken, elsewhere: Elsewhere) -> None:
        zaak = (await zaken.zaak())["url"]
        await document(zaken, elsewhere, zaak)
        answer = await zaken.client.post(f"{ZAKEN}/statussen", json=eindstatus(zaken, zaak))
        codes = [one["code"] for one in answer.json()["invalidParams"]]
        assert codes == ["indicatiegebruiksrecht-unset", "resultaat-does-not-exist"]
        known = {"informatieobjecttype": "x", "indicatieGebruiksrecht": False, "status": ""}
        elsewhere.put("document", known)
        assert (await zaken.close(zaak))["einddatum"] == "2026-02-01"

    async def test_a_document_that_cannot_be_asked_for_stops_it(self, zaken: Zaken, elsewhere: Elsewhere) -> None:
        zaak = (await zaken.zaak())["url"]
        await document(zaken, elsewhere, zaak, indicatieGebruiksrecht=True)
        elsewhere.put("document", "<html>")
        await zaken.resultaat(zaak)
        answer = await zaken.client.post(f"{ZAKEN}/statussen", json=eindstatus(zaken, zaak))
        assert wrong(answer) == {("nonFieldErrors", "invalid-resource")}

    async def test_nobody_is_asked_for_who_may_not_close_it(self, zaken: Zaken, elsewhere: Elsewhere) -> None:
        zaak = (await zaken.zaak())["url"]
        await document(zaken, elsewhere, zaak)
        elsewhere.asked.clear()
        caller = zaken.limited("behandelaar", "zaken.bijwerken", "zaken.heropenen", "zaken.aanmaken")
        await zaken.status(zaak, zaken.first, "2026-01-20T10:00:00Z")
        assert (await caller.post(f"{ZAKEN}/statussen", json=eindstatus(zaken, zaak))).status_code == 403
        assert elsewhere.asked == []

    async def test_an_eindstatus_before_the_present_status_needs_nothing(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        await zaken.status(zaak, zaken.first, "2026-02-02T10:00:00Z")
        await zaken.status(zaak, zaken.last, "2026-02-01T10:00:00Z")
        assert (await zaken.get(zaak))["einddatum"] is None


class TestAfter:
    async def test_the_dossier_has_its_term(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        await zaken.resultaat(zaak, brondatum_archiefprocedure={"afleidingswijze": "afgehandeld"})
        await zaken.close(zaak)
        assert await filed(zaken, zaak) == ["2026-02-01", "vernietigen", "2031-02-01", "2026-02-01"]
        line = [one for one in await zaken.service.audit() if one["resource"] == "zaak"][-1]
        assert b'"archiefactiedatum":"2031-02-01"' in line["nieuw"]

    async def test_what_was_chosen_stays(self, zaken: Zaken) -> None:
        chosen = {"archiefnominatie": "blijvend_bewaren", "archiefactiedatum": "2040-01-01"}
        zaak = (await zaken.zaak(**chosen))["url"]
        await zaken.resultaat(zaak, brondatum_archiefprocedure={"afleidingswijze": "afgehandeld"})
        await zaken.close(zaak)
        assert await filed(zaken, zaak) == ["2026-02-01", "blijvend_bewaren", "2040-01-01", None]

    async def test_reopening_takes_it_back(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        await zaken.resultaat(zaak, brondatum_archiefprocedure={"afleidingswijze": "afgehandeld"})
        await zaken.close(zaak)
        await zaken.status(zaak, zaken.first, "2026-02-05T10:00:00Z")
        assert await filed(zaken, zaak) == [None] * 4
        await zaken.close(zaak, "2026-03-01T10:00:00Z")
        assert await filed(zaken, zaak) == ["2026-03-01", "vernietigen", "2031-03-01", "2026-03-01"]

    async def test_a_later_eindstatus_moves_what_was_derived(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        await zaken.resultaat(zaak, brondatum_archiefprocedure={"afleidingswijze": "afgehandeld"})
        await zaken.close(zaak)
        await zaken.close(zaak, "2026-03-01T10:00:00Z")
        assert await filed(zaken, zaak) == ["2026-03-01", "vernietigen", "2031-03-01", "2026-03-01"]
        await zaken.client.patch(zaak, json={"archiefactiedatum": "2050-01-01"})
        await zaken.close(zaak, "2026-04-01T10:00:00Z")
        assert (await zaken.get(zaak))["archiefactiedatum"] == "2050-01-01"

    async def test_a_resultaat_that_comes_after_closing_still_counts(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        first = await zaken.resultaat(zaak)
        await zaken.close(zaak)
        assert await filed(zaken, zaak) == ["2026-02-01", "vernietigen", None, None]
        await zaken.client.delete(first["url"])
        await zaken.resultaat(
            zaak, omschrijving="Geweigerd", brondatum_archiefprocedure={"afleidingswijze": "afgehandeld"}
        )
        assert await filed(zaken, zaak) == ["2026-02-01", "vernietigen", "2031-02-01", "2026-02-01"]


class TestDeelzaken:
    async def pair(self, zaken: Zaken) -> tuple[str, str]:
        """A hoofdzaak, and a deelzaak whose dossier is kept from the end of that."""
        head = (await zaken.zaak())["url"]
        part = (await zaken.zaak(hoofdzaak=head))["url"]
        await zaken.resultaat(part, omschrijving="Deel", brondatum_archiefprocedure={"afleidingswijze": "hoofdzaak"})
        await zaken.resultaat(head, omschrijving="Hoofd")
        return head, part

    async def test_of_a_closed_hoofdzaak_know_at_once(self, zaken: Zaken) -> None:
        head, part = await self.pair(zaken)
        await zaken.close(head, "2026-02-10T10:00:00Z")
        await zaken.close(part, "2026-02-20T10:00:00Z")
        assert await filed(zaken, part) == ["2026-02-20", "vernietigen", "2031-02-10", "2026-02-10"]

    async def test_that_closed_before_follow_their_hoofdzaak(self, zaken: Zaken) -> None:
        head, part = await self.pair(zaken)
        running = await zaken.zaak(hoofdzaak=head)
        await zaken.close(part)
        assert await filed(zaken, part) == ["2026-02-01", "vernietigen", None, None]
        await zaken.close(head, "2026-02-10T10:00:00Z")
        assert await filed(zaken, part) == ["2026-02-01", "vernietigen", "2031-02-10", "2026-02-10"]
        assert await filed(zaken, running["url"]) == [None] * 4
        told = (await zaken.service.outbox())[-1]
        assert (told["dataref"], told["type"]) == (part, "nl.overheid.zaken.zaak-gemuteerd")
        await zaken.status(head, zaken.first, "2026-02-11T10:00:00Z")
        assert await filed(zaken, part) == ["2026-02-01", "vernietigen", None, None]
        await zaken.close(head, "2026-02-12T10:00:00Z")
        assert await filed(zaken, part) == ["2026-02-01", "vernietigen", "2031-02-12", "2026-02-12"]

    async def test_closing_all_at_once_fails_nobody(self, zaken: Zaken) -> None:
        head, part = await self.pair(zaken)
        moments = [f"2026-02-{day:02d}T10:00:00Z" for day in range(1, 13)]
        bodies = [eindstatus(zaken, (head, part)[number % 2], at) for number, at in enumerate(moments)]
        answers = await asyncio.gather(*(zaken.client.post(f"{ZAKEN}/statussen", json=body) for body in bodies))
        assert {answer.status_code for answer in answers} == {201}
        assert await filed(zaken, part) == ["2026-02-12", "vernietigen", "2031-02-11", "2026-02-11"]


class TestArchiefstatus:
    async def test_documents_are_archived_first(self, zaken: Zaken, elsewhere: Elsewhere) -> None:
        zaak = (await zaken.zaak())["url"]
        await document(zaken, elsewhere, zaak)
        archived = {
            "archiefstatus": "gearchiveerd",
            "archiefnominatie": "vernietigen",
            "archiefactiedatum": "2036-01-01",
        }
        for method in ("PUT", "PATCH"):
            body = zaken.body(**archived) if method == "PUT" else {"archiefstatus": "gearchiveerd"}
            answer = await zaken.client.request(method, zaak, json=body)
            assert answer.json()["invalidParams"][0]["code"] == "documents-not-archived"
        elsewhere.put(
            "document", {"informatieobjecttype": "x", "indicatieGebruiksrecht": None, "status": "gearchiveerd"}
        )
        assert (await zaken.client.patch(zaak, json=archived)).status_code == 200
        elsewhere.asked.clear()
        for changed in (
            {"omschrijving": "x"},
            {"archiefstatus": "gearchiveerd"},
            {"archiefstatus": "nog_te_archiveren"},
        ):
            assert (await zaken.client.patch(zaak, json=changed)).status_code == 200
        assert elsewhere.asked == []
