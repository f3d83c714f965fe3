"""The unit of work: what it writes, and that it writes all of it or nothing."""

from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import select

from chassis import telemetry
from chassis.access import Caller
from chassis.problems import NotFound
from chassis.testing.service import ServiceUnderTest
from chassis.unit import children, first, unit_of_work
from tests.chassis.example import (
    BASE,
    SEALED,
    THING,
    THING_CHANGED,
    SealedThing,
    Thing,
    ThingData,
    announce,
    change_thing,
    make_thing,
)


async def test_without_rights_nothing_is_written(example: ServiceUnderTest) -> None:
    nobody = example.client("nobody", [])
    for call in (
        nobody.post(f"{BASE}/things", json={"name": "a"}),
        nobody.patch(f"{BASE}/things/{uuid4()}", json={"name": "a"}),
        nobody.delete(f"{BASE}/things/{uuid4()}"),
    ):
        assert (await call).status_code == 403
    assert await example.audit() == []


async def test_a_change_keeps_old_and_new(example: ServiceUnderTest) -> None:
    client = example.client(user_id="piet")
    made = await client.post(f"{BASE}/things", json={"name": "a"})
    changed = await client.patch(made.json()["url"], json={"amount": 5})
    assert changed.json() == made.json() | {"amount": 5}
    assert changed.headers["etag"] != made.headers["etag"]
    line = (await example.audit())[1]
    assert (line["oud"], line["nieuw"], line["actie"]) == (made.content, changed.content, "update")
    assert (line["user_id"], line["user_representation"]) == ("piet", "Test piet")
    assert str(line["hoofdobject"]) == str(line["resource_id"]) == made.json()["url"].rsplit("/", 1)[1]


async def test_a_change_of_nothing_leaves_no_trace(example: ServiceUnderTest) -> None:
    client = example.client()
    made = await client.post(f"{BASE}/things", json={"name": "a"})
    same = await client.patch(made.json()["url"], json={"name": "a"})
    assert (same.content, same.headers["etag"]) == (made.content, made.headers["etag"])
    assert len(await example.audit()) == 1


async def test_null_is_refused_in_a_patch(example: ServiceUnderTest) -> None:
    client = example.client()
    url = (await client.post(f"{BASE}/things", json={"name": "a"})).json()["url"]
    answer = await client.patch(url, json={"amount": None})
    assert answer.json()["invalidParams"][0] | {"reason": ""} == {"name": "amount", "code": "null", "reason": ""}


async def test_what_is_removed_stays_in_the_audit_trail(example: ServiceUnderTest) -> None:
    client = example.client()
    made = await client.post(f"{BASE}/things", json={"name": "a"})
    answer = await client.delete(made.json()["url"])
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get(made.json()["url"])).status_code == 404
    assert (await client.delete(made.json()["url"])).status_code == 404
    line = (await example.audit())[1]
    assert (line["oud"], line["nieuw"], line["actie"]) == (made.content, None, "destroy")


async def test_touch_renders_anew_without_an_audit_row(example: ServiceUnderTest) -> None:
    async with unit_of_work(example.runtime) as unit:
        row = await make_thing(unit, "a")
    async with unit_of_work(example.runtime) as unit:
        again = await unit.get(THING, row.id, lock=True)
        again.amount = 9
        await unit.touch(THING, again)
    [stored] = await example.runtime.database.fetch("SELECT representation, etag FROM thing")
    assert b'"amount":9' in stored["representation"]
    assert len(await example.audit()) == 1


async def test_the_caller_and_the_trace_are_in_the_audit_row(example: ServiceUnderTest) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    with telemetry.traced(f"00-{trace}-b7ad6b7169203331-01"):
        async with unit_of_work(example.runtime, Caller("app", "u", "U"), "reden") as unit:
            await make_thing(unit, "a")
    [line] = await example.audit()
    assert (line["client_id"], line["user_id"], line["user_representation"]) == ("app", "u", "U")
    assert (line["toelichting"], line["trace"].split("-")[1]) == ("reden", trace)


@pytest.mark.parametrize("text", ["é", "😀", "a" * 5000, '"; DROP TABLE thing; --', "\\u0000"])
async def test_any_explanation_in_the_header(example: ServiceUnderTest, text: str) -> None:
    headers = {"X-Audit-Toelichting": text.encode()}
    answer = await example.client().post(f"{BASE}/things", json={"name": "a"}, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 201
    assert (await example.audit())[0]["toelichting"] == text


@pytest.mark.parametrize("text", ["é", "😀", "\u202e", "a\u0301", "\x01", "\x7f", "' OR 1=1", "%s {} \\", "<b>"])
async def test_any_text_comes_back_as_it_went_in(example: ServiceUnderTest, text: str) -> None:
    client = example.client()
    url = (await client.post(f"{BASE}/things", json={"name": text})).json()["url"]
    assert (await client.get(url)).json()["name"] == text
    found = (await client.get(f"{BASE}/things", params={"name": text})).json()
    assert found["count"] == 1


async def test_reading_inside_a_unit(example: ServiceUnderTest) -> None:
    async with unit_of_work(example.runtime) as unit:
        one, other = await make_thing(unit, "a"), await make_thing(unit, "b")
        assert await first(unit, select(Thing).where(Thing.name == "b")) is other  # type: ignore[arg-type]
        assert await first(unit, select(Thing).where(Thing.name == "c")) is None  # type: ignore[arg-type]
        assert await children(unit, Thing, amount=1) == [one, other]
        assert await unit.find(select(Thing)) == [one, other]
        with pytest.raises(NotFound):
            await unit.get(THING, uuid4())
        assert unit.url(THING, one.id) == f"{unit.public_url}/dingen/api/v1/things/{one.id}"


async def test_a_row_is_locked_for_who_will_change_it(example: ServiceUnderTest) -> None:
    async with unit_of_work(example.runtime) as unit:
        row = await make_thing(unit, "a")
    async with unit_of_work(example.runtime) as unit:
        await unit.get(THING, row.id, lock=True)
        with pytest.raises(asyncpg.LockNotAvailableError):
            await example.runtime.database.fetch("SELECT FROM thing WHERE id = $1 FOR UPDATE NOWAIT", row.id)


async def test_the_aggregate_decides_the_order_and_the_subject_what_it_is_about(example: ServiceUnderTest) -> None:
    main, part = uuid4(), uuid4()
    async with unit_of_work(example.runtime) as unit:
        for about in (main, part, part):
            data = ThingData(thing="x")
            unit.emit(THING_CHANGED, about=about, aggregate=main, data=data, dataref="http://x", kind="a")
    events = await example.outbox()
    assert [event["sequence"] for event in events] == [1, 2, 3]
    assert [event["subject"] for event in events] == [str(main), str(part), str(part)]


async def test_an_event_is_a_cloudevent_of_the_dutch_profile(example: ServiceUnderTest) -> None:
    async with unit_of_work(example.runtime) as unit:
        row = await make_thing(unit, "a")
        announce(unit, row, THING_CHANGED, changed=["amount"])
    event = (await example.outbox())[1]
    assert event == {
        "specversion": "1.0",
        "id": event["id"],
        "source": "urn:nld:gemeente:gm9001:systeem:meldingen",
        "type": "nl.test.thing-changed",
        "subject": str(row.id),
        "time": event["time"],
        "datacontenttype": "application/json",
        "dataref": f"http://meent.test/dingen/api/v1/things/{row.id}",
        "data": {"thing": str(row.id), "changed": ["amount"]},
        "nats": "mor.v1.gm9001.thing.a.changed",
        "sequence": 2,
    }
    assert event["time"].endswith("Z")


async def test_a_sealed_change_is_sealed_in_the_audit_row(example: ServiceUnderTest) -> None:
    async with unit_of_work(example.runtime) as unit:
        row = SealedThing(name=b"")
        row.name = unit.runtime.keyring.seal(b"Jip", f"name:{row.id}")
        await unit.create(SEALED, row)
        row.name = unit.runtime.keyring.seal(b"Janneke", f"name:{row.id}")
        await unit.change(SEALED, row)
        await unit.delete(SEALED, row)
    lines = {line["actie"]: line for line in await example.audit()}
    keyring, context = example.runtime.keyring, SEALED.context(row.id)
    assert b"Jip" in keyring.open(lines["update"]["oud"], context)
    assert b"Janneke" in keyring.open(lines["update"]["nieuw"], context)
    assert keyring.open(lines["destroy"]["oud"], context) == keyring.open(lines["update"]["nieuw"], context)
    assert not any(b"J" in (line["oud"] or b"")[:20] and b"Jip" in line["oud"] for line in lines.values())


async def test_after_commit_sees_what_was_committed(example: ServiceUnderTest) -> None:
    seen = []

    async def look() -> None:
        seen.append(len(await example.runtime.database.fetch("SELECT FROM thing")))

    async with unit_of_work(example.runtime) as unit:
        row = await make_thing(unit, "a")
        unit.after_commit(look)
    async with unit_of_work(example.runtime) as unit:
        await change_thing(unit, row.id, amount=3)
    assert seen == [1]
