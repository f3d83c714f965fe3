"""Parts of a zaaktype: their period is that of the zaaktype, and they are removed in an order that works."""

from services.zaken.catalogi.parts import part_resources
from tests.services.zaken.catalogi.typen import make, relate
from tests.services.zaken.making import Zaken


async def test_parts_follow_their_zaaktype(zaken: Zaken) -> None:
    await make(zaken, "informatieobjecttypen")
    url, first, _, roltype = await zaken.make_zaaktype(publish=False, identificatie="Nieuw")
    related = (await relate(zaken, url, "Brief"))["url"]
    sent = {"identificatie": "Anders", "beginGeldigheid": "2021-02-03", "eindeGeldigheid": "2031-02-03"}
    assert (await zaken.client.patch(url, json=sent)).status_code == 200
    for part in (first, roltype):
        found = await zaken.get(part)
        assert (found["beginGeldigheid"], found["eindeGeldigheid"]) == ("2021-02-03", "2031-02-03")
    for part in (first, roltype, related):
        assert (await zaken.get(part))["zaaktypeIdentificatie"] == "Anders"


async def test_also_when_it_is_published(zaken: Zaken) -> None:
    assert (await zaken.client.patch(zaken.zaaktype, json={"eindeGeldigheid": "2031-02-03"})).status_code == 200
    assert (await zaken.get(zaken.first))["eindeGeldigheid"] == "2031-02-03"


def test_what_refers_to_a_statustype_is_removed_before_it() -> None:
    names = [resource.name for resource in part_resources()]
    assert {"statustype", "roltype", "zaaktypeinformatieobjecttype"} <= set(names)
    assert names.index("zaaktypeinformatieobjecttype") < names.index("statustype")
