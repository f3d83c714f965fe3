"""Reserved numbers: one or several, for once, and for no other zaak."""

import asyncio
from typing import Any

import pytest

from chassis import clock
from tests.services.zaken.making import RSIN, ZAKEN, Zaken, created, wrong

URL = f"{ZAKEN}/zaaknummer_reserveren"


async def test_without_rights_is_refused(zaken: Zaken) -> None:
    body = {"bronorganisatie": RSIN}
    assert (await zaken.service.anonymous().post(URL, json=body)).status_code == 403
    answer = await zaken.limited("lezer", "zaken.lezen").post(URL, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert (await zaken.limited("opener", "zaken.aanmaken").post(URL, json=body)).status_code == 201


async def test_one_is_an_object_and_more_are_a_list(zaken: Zaken) -> None:
    one: Any = created(await zaken.client.post(URL, json={"bronorganisatie": RSIN}))
    assert one["zaaknummer"].startswith(f"ZAAK-{clock.today().year}-")
    more: Any = created(await zaken.client.post(URL, json={"bronorganisatie": RSIN, "aantal": 3}))
    assert len({one["zaaknummer"], *(each["zaaknummer"] for each in more)}) == 4


async def test_a_zaak_gets_it_by_asking_and_no_other_does(zaken: Zaken) -> None:
    reserved: Any = created(await zaken.client.post(URL, json={"bronorganisatie": RSIN, "aantal": 20}))
    numbers = {each["zaaknummer"] for each in reserved}
    made = await asyncio.gather(*(zaken.zaak() for _ in range(50)))
    assert not numbers & {zaak["identificatie"] for zaak in made}
    number = min(numbers)
    assert (await zaken.zaak(identificatie=number))["identificatie"] == number
    again = await zaken.client.post(f"{ZAKEN}/zaken", json=zaken.body(identificatie=number))
    assert wrong(again) == {("identificatie", "identificatie-niet-uniek")}


async def test_reserving_at_once_gives_each_its_own(zaken: Zaken) -> None:
    bodies = [{"bronorganisatie": RSIN, "aantal": 2} for _ in range(20)]
    answers: list[Any] = [
        created(one) for one in await asyncio.gather(*(zaken.client.post(URL, json=b) for b in bodies))
    ]
    assert len({each["zaaknummer"] for answer in answers for each in answer}) == 40


async def test_skips_what_somebody_took_by_hand(zaken: Zaken) -> None:
    one: Any = created(await zaken.client.post(URL, json={"bronorganisatie": RSIN}))
    stem, number = one["zaaknummer"].rsplit("-", 1)
    taken = f"{stem}-{int(number) + 2:010d}"
    await zaken.zaak(identificatie=taken)
    more: Any = created(await zaken.client.post(URL, json={"bronorganisatie": RSIN, "aantal": 3}))
    assert len(more) == 3
    assert taken not in {each["zaaknummer"] for each in more}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ("bronorganisatie", "required")),
        ({"bronorganisatie": "123456789"}, ("bronorganisatie", "invalid")),
        ({"bronorganisatie": RSIN, "aantal": 0}, ("aantal", "min_value")),
        ({"bronorganisatie": RSIN, "aantal": 1001}, ("aantal", "max_value")),
    ],
)
async def test_refuses(zaken: Zaken, body: dict[str, Any], expected: tuple[str, str]) -> None:
    assert wrong(await zaken.client.post(URL, json=body)) == {expected}
