"""The filters of the list of zaken: each one alone picks the right zaken, and together they narrow."""

import pytest

from tests.services.zaken.making import BSN, RSIN, Zaken

OLD = {
    "identificatie": "OUD-1",
    "startdatum": "2025-01-10",
    "registratiedatum": "2025-01-11",
    "einddatumGepland": "2025-03-01",
    "uiterlijkeEinddatumAfdoening": "2025-04-01",
    "archiefnominatie": "vernietigen",
    "archiefactiedatum": "2030-01-01",
    "vertrouwelijkheidaanduiding": "openbaar",
    "publicatiedatum": "2025-02-01",
}
NEW = {
    "identificatie": "NIEUW-1",
    "bronorganisatie": "000000000",
    "startdatum": "2026-01-10",
    "registratiedatum": "2026-01-11",
    "einddatumGepland": "2026-03-01",
    "uiterlijkeEinddatumAfdoening": "2026-04-01",
    "archiefnominatie": "blijvend_bewaren",
    "archiefactiedatum": "2031-01-01",
    "vertrouwelijkheidaanduiding": "geheim",
}
ONLY_OLD = [
    {"identificatie": "OUD-1"},
    {"bronorganisatie": RSIN},
    {"bronorganisatie__in": f"{RSIN},111111110"},
    {"archiefnominatie": "vernietigen"},
    {"archiefnominatie__in": "vernietigen"},
    {"archiefactiedatum": "2030-01-01"},
    {"archiefactiedatum__lt": "2031-01-01"},
    {"archiefstatus": "nog_te_archiveren"},
    {"archiefstatus__in": "nog_te_archiveren,overgedragen"},
    {"startdatum": "2025-01-10"},
    {"startdatum__lt": "2026-01-10"},
    {"startdatum__lte": "2026-01-09"},
    {"registratiedatum": "2025-01-11"},
    {"registratiedatum__lt": "2026-01-11"},
    {"einddatumGepland": "2025-03-01"},
    {"einddatumGepland__lt": "2026-03-01"},
    {"uiterlijkeEinddatumAfdoening": "2025-04-01"},
    {"uiterlijkeEinddatumAfdoening__lt": "2026-04-01"},
    {"maximaleVertrouwelijkheidaanduiding": "vertrouwelijk"},
    {"rol__betrokkeneType": "natuurlijk_persoon"},
    {"rol__omschrijvingGeneriek": "initiator", "rol__betrokkeneType": "natuurlijk_persoon"},
    {"rol__betrokkeneIdentificatie__natuurlijkPersoon__inpBsn": BSN},
    {"rol__betrokkene": "https://personen.example/1"},
    {"einddatum__isnull": "true"},
]
ONLY_NEW = [
    {"archiefactiedatum__gt": "2030-01-01"},
    {"startdatum__gt": "2025-01-10"},
    {"startdatum__gte": "2025-01-11"},
    {"registratiedatum__gt": "2025-01-11"},
    {"einddatumGepland__gt": "2025-03-01"},
    {"uiterlijkeEinddatumAfdoening__gt": "2025-04-01"},
    {"rol__betrokkeneIdentificatie__medewerker__identificatie": "m1"},
    {"einddatum": "2026-02-01"},
    {"einddatum__gt": "2026-01-31"},
    {"einddatum__lt": "2026-02-02"},
    {"einddatum__isnull": "false"},
]
NEITHER = [
    {"identificatie": "OUD-1", "bronorganisatie": "000000000"},
    {"rol__betrokkeneIdentificatie__natuurlijkPersoon__inpBsn": "999900031"},
    {"rol__betrokkeneIdentificatie__natuurlijkPersoon__inpBsn": BSN, "rol__betrokkeneType": "medewerker"},
    {"rol__betrokkeneIdentificatie__organisatorischeEenheid__identificatie": "m1"},
    {"archiefactiedatum__isnull": "true"},
]


async def two_zaken(zaken: Zaken) -> tuple[str, str]:
    old, new = (await zaken.zaak(**OLD))["url"], (await zaken.zaak(**NEW))["url"]
    await zaken.rol(old, betrokkene="https://personen.example/1")
    await zaken.rol(new, betrokkeneType="medewerker", betrokkeneIdentificatie={"identificatie": "m1"})
    await zaken.close(new)
    assert (await zaken.client.patch(new, json={"archiefstatus": "gearchiveerd"})).status_code == 200
    return old, new


async def test_each_filter_picks_its_zaken(zaken: Zaken) -> None:
    old, new = await two_zaken(zaken)
    expected = [(query, [old]) for query in ONLY_OLD] + [(query, [new]) for query in ONLY_NEW]
    for query, urls in [*expected, *((query, []) for query in NEITHER)]:
        assert await zaken.listed("/zaken", **query) == urls, query


async def test_zaaktype_picks_its_zaken(zaken: Zaken) -> None:
    other, *_ = await zaken.make_zaaktype(identificatie="anders")
    here, there = (await zaken.zaak())["url"], (await zaken.zaak(zaaktype=other))["url"]
    assert await zaken.listed("/zaken", zaaktype=zaken.zaaktype) == [here]
    assert await zaken.listed("/zaken", zaaktype=other) == [there]


@pytest.mark.parametrize(
    ("ordering", "reverse"),
    [
        ("startdatum", False),
        ("-startdatum", True),
        ("-registratiedatum,identificatie", True),
        ("-identificatie", False),
        ("-einddatum", False),
        ("publicatiedatum", False),
        ("-archiefactiedatum", True),
    ],
)
async def test_ordering(zaken: Zaken, ordering: str, reverse: bool) -> None:
    old, new = await two_zaken(zaken)
    assert await zaken.listed("/zaken", ordering=ordering) == ([new, old] if reverse else [old, new])
