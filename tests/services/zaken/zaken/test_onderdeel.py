"""The flows of a part of a zaak, beyond what every part shows (behaviour.py)."""

import asyncio

import pytest

from services.zaken.validation import Findings, check_unchanged
from services.zaken.zaken import onderdeel
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import ZAKEN, Zaken, wrong


def test_names_every_field_that_may_not_change() -> None:
    findings = Findings()
    check_unchanged(findings, zaak=False, titel=True, informatieobject=False)
    assert [(one.name, one.code) for one in findings.errors] == [
        ("zaak", "wijzigen-niet-toegelaten"),
        ("informatieobject", "wijzigen-niet-toegelaten"),
    ]


async def test_a_list_without_pages_that_would_be_too_long_is_refused(
    zaken: Zaken, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, urls = f"{ZAKEN}/zaakcontactmomenten", [(await zaken.zaak())["url"] for _ in range(2)]
    contactmoment = elsewhere.put("contactmomenten/1", {"kanaal": "balie"})
    for zaak in urls:
        await zaken.client.post(path, json={"zaak": zaak, "contactmoment": contactmoment})
    monkeypatch.setattr(onderdeel, "MOST", 1)
    assert wrong(await zaken.client.get(path)) == {("nonFieldErrors", "too-many-results")}
    assert len(await zaken.get(path, zaak=urls[0])) == 1


async def test_parts_added_at_once_all_show_in_the_zaak(zaken: Zaken) -> None:
    zaak, roltype = (await zaken.zaak())["url"], await zaken.make_roltype()
    made = await asyncio.gather(*(zaken.rol(zaak, roltype=roltype) for _ in range(8)))
    assert sorted((await zaken.get(zaak))["rollen"]) == sorted(one["url"] for one in made)


async def test_of_two_who_remove_a_part_one_is_told_it_is_gone(zaken: Zaken) -> None:
    zaak = (await zaken.zaak())["url"]
    url = (await zaken.rol(zaak))["url"]
    answers = await asyncio.gather(*(zaken.client.delete(url) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404]
    assert [one["data"]["actie"] for one in (await zaken.service.outbox())[-2:]] == ["create", "destroy"]


async def test_closing_and_adding_at_once_leaves_nothing_in_a_closed_zaak(zaken: Zaken) -> None:
    """Whoever comes second sees what the first did: the lock of the zaak is taken before it is judged."""
    caller = zaken.limited("behandelaar", "zaken.lezen", "zaken.bijwerken", "zaken.statussen.toevoegen")
    roltype = await zaken.make_roltype()
    zaak = (await zaken.zaak())["url"]
    await zaken.resultaat(zaak)
    status = {"zaak": zaak, "statustype": zaken.last, "datumStatusGezet": "2026-02-01T10:00:00Z"}
    rol = {
        "zaak": zaak,
        "roltype": roltype,
        "betrokkeneType": "medewerker",
        "roltoelichting": "",
        "betrokkeneIdentificatie": {"identificatie": "m1"},
    }
    await asyncio.gather(
        caller.post(f"{ZAKEN}/statussen", json=status), *(caller.post(f"{ZAKEN}/rollen", json=rol) for _ in range(6))
    )
    kinds = [one["data"]["resource"] for one in await zaken.service.outbox() if one["data"]["hoofdObject"] == zaak]
    assert "rol" not in kinds[kinds.index("status") :]
