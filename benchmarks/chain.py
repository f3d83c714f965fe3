"""The whole fan-out chain: from the POST that processes a verhuizing to the event at each afdeling, and to what it read.

The demo's installation and players, one verhuizing at a time, so that nothing waits for anything else. Beside it, in
the same run, a GET of a document through the gateway: the least a call through the suite costs here.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from chassis import clock
from demo.moves import Move
from demo.municipality import Municipality
from demo.setting_up import set_up
from demo.story import Story, staged

REPEATED = 60


async def run() -> None:
    municipality = Municipality.load(clock.today())
    processed = [
        case["naam"]
        for case in municipality.verhuizingen
        if any(action["actie"] == "verwerken" for action in case.get("acties", []))
    ]
    with tempfile.TemporaryDirectory(prefix="meent-bench-") as folder:
        async with staged(Path(folder), municipality.only(processed, 0)) as story:
            await set_up(story.caller("beheer"), story.municipality)
            players = [asyncio.create_task(department.run()) for department in story.departments]
            await asyncio.sleep(1)
            try:
                await play(story)
            finally:
                for player in players:
                    player.cancel()
                await asyncio.gather(*players, return_exceptions=True)
                await story.moves.brp.aclose()


async def play(story: Story) -> None:
    """Each verhuizing from filing to its last opvolging, and the table."""
    posts: list[float] = []
    started: dict[str, datetime] = {}
    process = story.moves.burgerzaken.call

    async def timed(method: str, path: str, *args: object, **options: object) -> object:
        if not path.endswith("/verwerkingen"):
            return await process(method, path, *args, **options)  # type: ignore[arg-type]
        uuid, begin = path.split("/")[-2], time.perf_counter()
        started[uuid] = datetime.now(UTC)
        answer = await process(method, path, *args, **options)  # type: ignore[arg-type]
        posts.append((time.perf_counter() - begin) * 1000)
        return answer

    story.moves.burgerzaken.call = timed  # type: ignore[method-assign, assignment]
    for move in story.moves.moves:
        await one(story, move)
    gets = await bare_reads(story)
    begun = {move.kenmerk: started.get(move.url.rsplit("/", 1)[-1]) for move in story.moves.moves}
    told = [
        (delivery.received_at - at).total_seconds() * 1000
        for department in story.departments
        for delivery in department.deliveries
        if delivery.volgnummer == 1 and (at := begun.get(delivery.kenmerk)) is not None
    ]
    print("### Fan-out chain (one verhuizing at a time)\n\n| | n | p50 ms | p95 ms | max ms |\n|---|---|---|---|---|")
    print(row("GET one verhuizing through the gateway", gets))
    print(row("POST verwerking: BRP read, status, all opvolgingen, commit", posts))
    print(row("POST sent → event at the afdeling (NATS)", told), flush=True)


async def one(story: Story, move: Move) -> None:
    alone = type(story.moves)(story.moves.portaal, story.moves.burgerzaken, story.moves.brp, [move], quiet)
    await alone.play()
    wanted = len(move.case["verwacht"].get("opvolgingen", []))
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and count(story, move.kenmerk) < wanted:
        await asyncio.sleep(0.02)


def count(story: Story, kenmerk: str) -> int:
    """How many opvolgingen of this verhuizing are done."""
    return sum(1 for dep in story.departments for item in dep.deliveries if item.kenmerk == kenmerk and item.status)


async def bare_reads(story: Story) -> list[float]:
    """Milliseconds of a plain read through the gateway."""
    took = []
    for _ in range(REPEATED):
        begin = time.perf_counter()
        await story.moves.portaal.must("GET", story.moves.moves[0].url)
        took.append((time.perf_counter() - begin) * 1000)
    return took


def row(name: str, values: Sequence[float]) -> str:
    """One row of the table."""
    ordered = sorted(values)
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"| {name} | {len(ordered)} | {statistics.median(ordered):.1f} | {p95:.1f} | {ordered[-1]:.1f} |"


quiet: Callable[[str], None] = lambda _: None  # noqa: E731 - nothing to tell
