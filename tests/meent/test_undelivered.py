"""`meent events undelivered` against the real API: who may, what is listed, and what is offered again."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from chassis.testing.plugin import MakeService
from chassis.testing.service import SECRET, ServiceUnderTest
from meent import events, undelivered
from meent.cli import parser
from services.notificaties.bezorging import opnieuw
from tests.gateway.servers import serving
from tests.services.notificaties.ledger import abonnement, ago, event_letters, given_up, receiver

SCOPES = ["onbestelbare-berichten.lezen", "onbestelbare-berichten.aanbieden"]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Awaitable[Done]]


@pytest.fixture
async def made(service: MakeService) -> ServiceUnderTest:
    return await service("notificaties")


@pytest.fixture
async def run(
    made: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Command]:
    """`meent events undelivered …`, as a client that may do both."""
    made.grant("commandoregel", [{"component": "nrc", "scopes": SCOPES}])
    async with serving(made.service) as url:
        for name, value in {"PUBLIC_URL": url, "CLIENT_ID": "commandoregel", "CLIENT_SECRET": SECRET}.items():
            monkeypatch.setenv(f"MEENT_{name}", value)

        async def command(*arguments: str) -> Done:
            given = parser().parse_args(["events", "undelivered", *arguments])
            capsys.readouterr()
            code = await asyncio.to_thread(events.execute, given)
            return Done(code, *capsys.readouterr())

        yield command


async def test_without_a_credential(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEENT_CLIENT_SECRET", "")
    done = await run("list")
    assert (done.code, done.err) == (2, "meent events undelivered: not set: MEENT_CLIENT_SECRET\n")


async def test_without_rights(run: Command, made: ServiceUnderTest) -> None:
    found = await abonnement(made)
    await given_up(made, found, [ago(hours=1)])
    made.grant("commandoregel", [{"component": "nrc", "scopes": SCOPES[:1]}])
    done = await run("replay-all", "--receiver", receiver(found))
    assert done.code == 1
    assert done.err.startswith("meent events undelivered: 403 permission_denied: ")
    made.grant("commandoregel")
    assert (await run("list")).code == 1


async def test_where_nothing_answers(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEENT_PUBLIC_URL", "http://127.0.0.1:1")
    done = await run("list")
    assert (done.code, done.err) == (
        1,
        "meent events undelivered: no answer from http://127.0.0.1:1 (ConnectError)\n",
    )


async def test_both_kinds_are_listed_per_receiver(run: Command, made: ServiceUnderTest) -> None:
    assert (await run("list")).out == "nothing undelivered\n"
    found = await abonnement(made)
    await given_up(made, found, [ago(hours=1), ago(hours=2)])
    await event_letters(made, "zaken-x", 3)

    async def listed(*arguments: str) -> list[str]:
        return [line.split("\t")[2] for line in (await run("list", *arguments)).out.splitlines()]

    url = receiver(found)
    assert await listed() == ["zaken-x"] * 3 + [url] * 2
    assert await listed("--limit", "4") == ["zaken-x"] * 3 + [url]
    assert await listed("--receiver", "zaken-x") == ["zaken-x"] * 3
    assert await listed("--receiver", url) == await listed("--kind", "delivery") == [url] * 2
    assert await listed("--kind", "event") == ["zaken-x"] * 3
    line = (await run("list", "--receiver", url, "--limit", "1")).out
    assert re.fullmatch(rf"[0-9a-f-]{{36}}\topen\t{re.escape(url)}\tzaken\t2026-03-02T11:00:00Z\tantwoord 500\n", line)


async def test_more_than_a_page(run: Command, made: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undelivered, "PAGE", 3)
    await event_letters(made, "zaken-x", 8)
    for limit, wanted in (("100", 8), ("7", 7), ("6", 6), ("2", 2)):
        lines = (await run("list", "--limit", limit)).out.splitlines()
        assert len(lines) == len(set(lines)) == wanted


async def test_a_reason_cannot_steer_the_terminal(run: Command, made: ServiceUnderTest) -> None:
    await given_up(made, await abonnement(made), [ago(hours=1)], fout="een\x1b[2J\ntwee")
    assert (await run("list")).out.endswith("\teen?[2J?twee\n")


async def test_one_is_offered_again(run: Command, made: ServiceUnderTest) -> None:
    found = await abonnement(made)
    await given_up(made, found, [ago(hours=1)])
    letter = (await run("list")).out.split("\t")[0]
    done = await run("replay", letter)
    assert (done.code, done.out) == (0, f"{letter}: offered to {receiver(found)} again\n")
    assert (await run("list")).out == "nothing undelivered\n"
    assert (await run("list", "--all")).out.split("\t")[:2] == [letter, "aangeboden"]
    unknown = await run("replay", "0198a3f0-0000-7000-8000-000000000001")
    assert unknown.code == 1
    assert unknown.err.startswith("meent events undelivered: 404 not_found: ")


async def test_all_of_one_receiver_batch_by_batch(
    run: Command, made: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opnieuw, "BATCH", 2)
    found, other = await abonnement(made), await abonnement(made)
    await given_up(made, found, [ago(hours=hours) for hours in (1, 2, 3, 4)])
    await given_up(made, other, [ago(hours=1)])
    done = await run(
        "replay-all", "--receiver", receiver(found), "--until", "2026-03-02T10:00:00Z", "--kind", "delivery"
    )
    assert (done.code, done.out) == (0, "2 offered, 0 skipped, 1 left\n3 offered, 0 skipped, 0 left\n")
    assert (await run("replay-all", "--receiver", receiver(found))).out == "1 offered, 0 skipped, 0 left\n"
    assert len((await run("list")).out.splitlines()) == 1


async def test_what_is_refused_is_told(run: Command, made: ServiceUnderTest) -> None:
    found = await abonnement(made)
    await given_up(made, found, [ago(hours=1)])
    await made.client().delete(receiver(found))
    done = await run("replay-all", "--receiver", receiver(found))
    assert (done.code, done.out) == (1, "0 offered, 0 skipped, 0 left\n")
    assert done.err == "1 refused: abonnement-bestaat-niet: Het abonnement is opgezegd.\n"


async def test_without_nats_the_rest_waits(run: Command, made: ServiceUnderTest) -> None:
    await event_letters(made, "zaken-x", 1)
    done = await run("replay-all", "--receiver", "zaken-x")
    assert done.code == 1
    assert "503 berichtenbus-niet-bereikbaar" in done.err
    assert len((await run("list")).out.splitlines()) == 1
