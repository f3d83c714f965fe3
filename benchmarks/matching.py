"""One notificatie against 50,000 abonnementen: CPU of finding who wants it, of the index, and of one change to it.

The filters are as in practice and as bad as can be. The last table is of the index as the service keeps it, from
PostgreSQL: how long the event loop stands still is what every other request waits.
"""

import asyncio
import contextlib
import gc
import random
import statistics
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import orjson

from benchmarks.harness import ROUNDS
from benchmarks.stores import Stores, stores
from chassis.runtime import Runtime
from chassis.settings import Settings
from chassis.unit import unit_of_work
from services.notificaties.matching import Index
from services.notificaties.subscriptions import current_subscriptions, note_change

ABONNEMENTEN = 50_000
ZAAKTYPEN, ORGANISATIES = 200, 50
KANALEN = ("zaken", "documenten", "besluiten", "klantcontacten", "meldingen")
LEVELS = ("openbaar", "beperkt_openbaar", "intern", "zaakvertrouwelijk", "vertrouwelijk")
Groups = list[tuple[str, dict[str, str]]]
_FILL = """
WITH made AS (
    INSERT INTO abonnement SELECT id, 'https://abonnee.example/', kanalen::json, '', 'bench', '', ''
    FROM unnest($1::uuid[], $2::text[]) AS t(id, kanalen) RETURNING id
), queued AS (
    INSERT INTO wachtrij (abonnement_id) SELECT id FROM made
)
INSERT INTO abonnement_wijziging SELECT id, row_number() OVER () FROM made
"""


def zaaktype(number: int) -> str:
    return f"https://gemeente.example/catalogi/api/v1/zaaktypen/{UUID(int=number)}"


def carried(number: int = 1) -> dict[str, str]:
    """The kenmerken of a zaak."""
    return {"bronorganisatie": f"{number:09}", "zaaktype": zaaktype(number), "vertrouwelijkheidaanduiding": "openbaar"}


def practice(number: int, chance: random.Random) -> Groups:
    """Most want some zaaktypen of one organisatie, some a whole kanaal, and one in a hundred everything in zaken."""
    kanaal = chance.choice(KANALEN)
    if number % 100 == 0:
        return [("zaken", {})]
    groups: Groups = []
    for _ in range(chance.randint(1, 3)):
        filters = {"bronorganisatie": f"{chance.randrange(ORGANISATIES):09}"}
        if chance.random() < 0.8:
            filters["zaaktype"] = zaaktype(chance.randrange(ZAAKTYPEN))
        if chance.random() < 0.3:
            filters["vertrouwelijkheidaanduiding"] = chance.choice([*LEVELS, "*"])
        groups.append((kanaal, filters))
    return groups


def shared(number: int, _: random.Random) -> Groups:
    """All share the value that half of all zaaktypen would tell them apart by; the second filter tells them apart."""
    if number % 2:
        return [("zaken", {"zaaktype": zaaktype(number + 1000)})]
    return [("zaken", {"zaaktype": zaaktype(1), "bronorganisatie": f"{number:09}"})]


def not_carried(number: int, _: random.Random) -> Groups:
    """A filter on what a zaak does not carry, beside one that few share."""
    return [("zaken", {"communicatiekanaal": str(number), "bronorganisatie": f"{number % 5000:09}"})]


def only_not_carried(number: int, _: random.Random) -> Groups:
    """Nothing but what a zaak does not carry: all of them match, as the standard says."""
    return [("zaken", {"communicatiekanaal": str(number)})]


def own_name(number: int, _: random.Random) -> Groups:
    """Each filters on a name that nobody else has: 50,000 sets of names."""
    return [("zaken", {"zaaktype": zaaktype(number % 5000), f"kenmerk{number}": "1"})]


CASES: dict[str, Callable[[int, random.Random], Groups]] = {
    "as in practice": practice,
    "one value shared by half": shared,
    "a kenmerk not carried, and one that is": not_carried,
    "only a kenmerk not carried": only_not_carried,
    "each a name of its own": own_name,
}


def filled(make: Callable[[int, random.Random], Groups]) -> list[tuple[UUID, Groups]]:
    """The abonnementen of a case; the same each time."""
    chance = random.Random(1)
    return [(UUID(int=number), make(number, chance)) for number in range(ABONNEMENTEN)]


def measured(name: str, make: Callable[[int, random.Random], Groups]) -> str:
    """One row of the table."""
    entries = filled(make)
    gc.collect()
    tracemalloc.start()
    index = built(entries)
    size = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    build = statistics.median(cpu(lambda: built(entries)) for _ in range(ROUNDS))
    first = cpu(lambda: index.find("zaken", carried()))
    times = [cpu(lambda number=number: index.find("zaken", carried(number))) for number in range(200)]
    changes = [cpu(lambda entry=entry: index.put(*entry)) for entry in entries[:1000]]
    found = len(index.find("zaken", carried()))
    figures = [f"{found:,}", f"{first:.3f}", f"{statistics.median(times):.3f}", f"{max(times):.3f}"]
    figures += [f"{statistics.median(changes):.4f}", f"{build:,.0f}", f"{size:,.0f}"]
    return "| " + " | ".join([name, *figures]) + " |"


def built(entries: list[tuple[UUID, Groups]]) -> Index:
    """The index of these abonnementen."""
    index = Index()
    for abonnement, groups in entries:
        index.put(abonnement, groups)
    return index


def cpu(work: Callable[[], object]) -> float:
    """CPU-ms of some work in this process."""
    before = time.process_time()
    work()
    return (time.process_time() - before) * 1000


async def run() -> None:
    """Print the tables."""
    head = ["", "match", "first ms", "match ms", "worst ms", "change ms", "build ms", "MB"]
    print(f"### Matching against {ABONNEMENTEN:,} abonnementen, CPU\n\n| " + " | ".join(head) + " |")
    print("|---" * len(head) + "|")
    for name, make in CASES.items():
        print(measured(name, make))
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # as `meent run` does
    async with stores() as running:
        print(await from_database(running))


async def from_database(running: Stores) -> str:
    """The index as the service keeps it: read whole at first, then after one change, and when nothing changed."""
    dsn = await running.database("notificaties")
    runtime = Runtime.make(Settings(service="notificaties", database=dsn, keys=running.keys, nats=""))
    try:
        await store(runtime)
        whole = await watched(runtime)
        changed, same = [], []
        for number in range(ROUNDS * 4):
            async with unit_of_work(runtime) as unit:
                await note_change(unit, UUID(int=number))
            changed.append(await watched(runtime))
            same.append(await watched(runtime))
    finally:
        await runtime.outbound.close()
        await runtime.database.close()
    lines = [("read whole", whole), ("after one change", median_of(changed)), ("nothing changed", median_of(same))]
    head = ["", "CPU ms", "loop stands still ms"]
    rows = [f"| {name} | {spent:.2f} | {still:.2f} |" for name, (spent, still) in lines]
    title = f"### Index of {ABONNEMENTEN:,} abonnementen in the service\n\n"
    return "\n" + title + "| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|\n" + "\n".join(rows) + "\n"


async def store(runtime: Runtime) -> None:
    """The abonnementen of practice, as rows."""
    entries = filled(practice)
    texts = [as_json(groups) for _, groups in entries]
    async with unit_of_work(runtime) as unit:
        connection = await unit.connection()
        await connection.execute(_FILL, [abonnement for abonnement, _ in entries], texts)
        await connection.execute("INSERT INTO abonnement_versie VALUES (1, gen_random_uuid(), $1)", len(entries))
        await connection.execute("ANALYZE")


def as_json(groups: Groups) -> str:
    return orjson.dumps([{"naam": kanaal, "filters": filters} for kanaal, filters in groups]).decode()


async def watched(runtime: Runtime) -> tuple[float, float]:
    """CPU-ms of having the present index, and the longest that the loop did nothing else meanwhile, in ms."""
    gc.collect()
    async with ticking() as gaps:
        before = time.process_time()
        async with unit_of_work(runtime) as unit:
            await current_subscriptions(unit)
        spent = (time.process_time() - before) * 1000
    return spent, max(gaps) * 1000


@contextlib.asynccontextmanager
async def ticking() -> AsyncIterator[list[float]]:
    """How much later than asked, in seconds, a task gets its turn that wants one every millisecond."""
    gaps: list[float] = []

    async def tick() -> None:
        while True:
            last = time.perf_counter()
            await asyncio.sleep(0.001)
            gaps.append(time.perf_counter() - last - 0.001)

    task = asyncio.create_task(tick())
    await asyncio.sleep(0.01)
    try:
        yield gaps
        await asyncio.sleep(0.005)
    finally:
        task.cancel()


def median_of(figures: list[tuple[float, float]]) -> tuple[float, float]:
    """Of each."""
    spent, still = zip(*figures, strict=True)
    return statistics.median(spent), statistics.median(still)
