"""No BSN, no name of a street, no mail address: not in a table, not on a stream, not in the log, not in a URL."""

import logging
from typing import Any

import nats
import pytest

from chassis.catalog import ADMINISTRATOR, inbox_prefix, load_catalog
from chassis.telemetry import JsonFormatter
from chassis.testing.plugin import MakeService
from chassis.testing.servers import Servers
from chassis.testing.service import SECRET, eventually
from tests.services.klanten.municipality import ANDER, ANNA, BAS, CHRIS, KLANTEN, NIEUW, OUD, Town, aangifte, made
from tests.services.klanten.standins import Brp, Zaken, serving

SECRETS = [
    ANNA,
    BAS,
    CHRIS,
    "999900019",
    OUD,
    NIEUW,
    ANDER,
    "anna@voorbeeld.example",
    "Toch maar niet.",
    "Proef Persoon",
]


async def story(town: Town) -> None:
    """File, fail, supplement, process, correct, report, withdraw, look up."""
    await town.profielen()
    await town.volg("parkeren", bsn=BAS)
    await town.volg("participatie", nummeraanduidingId=OUD)
    inwoning = {"hoofdbewoner": {"bsn": CHRIS}, "toestemming": "wacht"}
    await town.post(aangifte(aangever="999900019"))
    filed = await town.filed(BAS, inwoning=inwoning)
    assert (await town.post(aangifte())).status_code == 409
    await town.portaal.patch(filed["url"], json={"inwoning": {"toestemming": "akkoord"}})
    town.brp.book([ANNA, BAS], NIEUW, filed["datumAdreshouding"])
    made(await town.burgerzaken.post(f"{filed['url']}/verwerkingen"))
    for code, row in (await town.told(filed)).items():
        client = town.afdeling(code)
        await client.get(row["url"])
        made(await client.post(f"{row['url']}/ontvangstbevestigingen", headers={"Idempotency-Key": "k"}))
        await client.patch(row["url"], json={"status": "verwerkt", "toelichting": "Toch maar niet."})
    town.brp.book([ANNA, BAS], ANDER, filed["datumAdreshouding"])
    correctie = {"nieuwAdres": {"nummeraanduidingId": ANDER}}
    made(await town.portaal.post(f"{filed['url']}/correcties", json=correctie))
    made(await town.portaal.post(f"{filed['url']}/intrekkingen", json={"reden": "Toch maar niet."}))
    identificator = {
        "codeObjecttype": "natuurlijk_persoon",
        "codeSoortObjectId": "bsn",
        "objectId": ANNA,
        "codeRegister": "brp",
    }
    found = await town.beheer.post(f"{KLANTEN}/partijen/_zoek", json={"partijIdentificator": identificator})
    assert found.json()["count"] == 1


async def test_after_the_story_nothing_personal_can_be_read(
    live_service: MakeService, servers: Servers, brp: tuple[Brp, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    zaken = Zaken()
    async with serving(zaken.app()) as url:
        town = Town(await live_service("klanten", brp_url=brp[1], zaken_url=url, klanten_secret=SECRET), brp[0])
        await story(town)
        await eventually(lambda: all_sent(town))
        for table, line in await rows_of(town):
            assert leaks(line) == [], table
        for subject, text in await messages_of(servers):
            assert leaks(text) == [], subject
        formatter = JsonFormatter("klanten")
        own = [record for record in caplog.records if not record.name.startswith(("asyncio", "aiosqlite"))]
        lines = [formatter.format(record) for record in own]
        assert [line for line in lines if leaks(line)] == []


def leaks(text: str) -> list[str]:
    """Which of the secrets stand in a text, as they are or as the hex of their bytes."""
    return [secret for secret in SECRETS if secret in text or secret.encode().hex() in text]


async def all_sent(town: Town) -> bool:
    rows = await town.service.runtime.database.fetch("SELECT 1 FROM outbox WHERE sent_at IS NULL LIMIT 1")
    zaken = await town.service.runtime.database.fetch("SELECT 1 FROM verhuizing WHERE zaak IS NULL LIMIT 1")
    return not rows and not zaken


async def rows_of(town: Town) -> list[tuple[str, str]]:
    """Every row of every table as text; bytea shows as hex."""
    fetch = town.service.runtime.database.fetch
    tables = [row["tablename"] for row in await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    assert {"partij", "verhuizing", "verhuizer", "opvolging", "volgindicatie", "logboekregel", "auditregel"} <= set(
        tables
    )
    return [(table, row["line"]) for table in tables for row in await fetch(f'SELECT t::text AS line FROM "{table}" t')]


async def messages_of(servers: Servers) -> list[tuple[str, str]]:
    """Every message of every stream: subject, headers and body."""
    url, prefix = servers.nats.url(ADMINISTRATOR), inbox_prefix(ADMINISTRATOR).encode()
    client = await nats.connect(url, inbox_prefix=prefix)
    try:
        jetstream: Any = client.jetstream()
        found = []
        for stream in load_catalog().streams:
            state = (await jetstream.stream_info(stream)).state
            for sequence in range(max(state.first_seq, 1), state.last_seq + 1):
                message = await jetstream.get_msg(stream, sequence)
                found.append((message.subject, f"{message.subject} {message.headers} {(message.data or b'').decode()}"))
    finally:
        await client.close()
    assert len(found) > 15
    return found
