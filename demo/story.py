"""`meent demo`: the two stories, played on a fresh installation by programs that only use what the suite offers.

A portal, burgerzaken, eight afdelingen and four crews, each with its own rights. The outcome is compared with what was
written by hand beside the input. Exit code 0 only when nothing was lost, double, told without ground or otherwise
than expected.
"""

import argparse
import asyncio
import contextlib
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
import yaml
from httpx_aiohttp import AiohttpTransport

from chassis import clock
from demo.brp import create_brp
from demo.client import Caller
from demo.crew import Crew
from demo.department import Department
from demo.judgement import Expected, Judgement, Received, judge
from demo.moves import Move, Moves
from demo.municipality import FOLDER, Municipality
from demo.reports import Report, Reports
from demo.setting_up import device_of, set_up
from demo.tables import Progress, print_crews, print_moves, print_taken, print_verdict
from meent.installation import Installation
from meent.service_process import free_port

OFFLINE_PLOEG = "groen"
OFFLINE_FROM, OFFLINE_UNTIL = 0.3, 0.75
"""Between which parts of the meldingen that ploeg's device has no signal."""


@dataclass
class Story:
    """Everyone who plays, around a running installation."""

    municipality: Municipality
    installation: Installation
    brp_port: int
    http: httpx.AsyncClient
    moves: Moves = field(init=False)
    reports: Reports = field(init=False)
    departments: list[Department] = field(init=False)
    crews: list[Crew] = field(init=False)
    may_finish: asyncio.Event = field(default_factory=asyncio.Event)
    prepared: bool = False
    settle: float = 30.0
    """Seconds the last events get to arrive before something counts as lost."""

    def __post_init__(self) -> None:
        """Cast the players."""
        progress = Progress(len(self.municipality.verhuizingen) + len(self.municipality.meldingen))
        brp = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.brp_port}")
        moves = [Move(case) for case in self.municipality.verhuizingen]
        self.moves = Moves(self.caller("portaal"), self.caller("burgerzaken"), brp, moves, progress.step)
        reports = [Report(case) for case in self.municipality.meldingen]
        self.reports = Reports(self.caller("portaal"), self.caller("regie"), reports, progress.step, self._troubles)
        self.departments = [
            Department(code, self.caller(f"afdeling-{code}"), self._nats(f"afdeling-{code}"))
            for code in dict.fromkeys(profiel["afdeling"] for profiel in self.municipality.afdelingsprofielen)
        ]
        self.crews = [
            Crew(ploeg["code"], self.caller(f"apparaat-{device_of(ploeg['code'])}"), self.http, self.may_finish)
            for ploeg in self.municipality.ploegen
        ]

    def caller(self, client_id: str) -> Caller:
        """A client of the gateway."""
        return Caller(self.installation.url, client_id, self.municipality.secrets[client_id], self.http)

    async def prepare(self) -> None:
        """Set the municipality up; once."""
        if not self.prepared:
            await set_up(self.caller("beheer"), self.municipality)
            self.prepared = True

    async def play(self) -> None:
        """Play both stories beside each other, and let them end."""
        await self.prepare()
        runs = [department.run() for department in self.departments] + [crew.run() for crew in self.crews]
        players = [asyncio.create_task(run) for run in runs]
        try:
            await asyncio.gather(*(crew.listening.wait() for crew in self.crews))
            await _unless_failed(players, self._both_stories())
        finally:
            for player in players:
                player.cancel()
            await asyncio.gather(*players, return_exceptions=True)
            await self.moves.brp.aclose()

    async def verdict(self) -> tuple[Judgement, Judgement, list[str]]:
        """Verhuizingen, taken, and what went otherwise than expected."""
        wrong = [line for move in self.moves.moves for line in move.wrong]
        wrong += [line for report in self.reports.reports for line in report.wrong]
        return (
            judge(self._expected_opvolgingen(), await self._received_opvolgingen()),
            judge(self._expected_taken(), self._received_taken()),
            wrong,
        )

    async def _both_stories(self) -> None:
        async def reports() -> None:
            await self.reports.play()
            await self.reports.reroute()
            self.may_finish.set()

        await asyncio.gather(self.moves.play(), reports())
        await self.moves.finish(self.settle)
        await self._settled()

    async def _settled(self) -> None:
        """Until everything expected has arrived, or time is up; and a moment more, for what should not arrive."""
        deadline = time.monotonic() + self.settle
        while time.monotonic() < deadline:
            opvolgingen = judge(self._expected_opvolgingen(), await self._received_opvolgingen())
            taken = judge(self._expected_taken(), self._received_taken())
            if not opvolgingen.lost and not taken.lost and all(crew.own <= crew.completed for crew in self.crews):
                break
            await asyncio.sleep(0.2)
        await asyncio.sleep(0.5)

    async def _troubles(self, number: int) -> None:
        """One crew loses its signal for a while."""
        crew = next(crew for crew in self.crews if crew.ploeg == OFFLINE_PLOEG)
        if number == int(OFFLINE_FROM * len(self.reports.reports)):
            await crew.go_offline()
        elif number == int(OFFLINE_UNTIL * len(self.reports.reports)):
            await crew.come_back()

    def _nats(self, identity: str) -> Any:
        return lambda: self.installation.nats_url(identity)

    def _expected_opvolgingen(self) -> list[Expected]:
        return [
            Expected(
                (move.name, entry["volgnummer"], entry["afdeling"]),
                entry["soort"],
                frozenset(entry["velden"]),
                entry["personen"],
            )
            for move in self.moves.moves
            for entry in move.case["verwacht"].get("opvolgingen", [])
        ]

    async def _received_opvolgingen(self) -> list[Received]:
        names = {kenmerk: move.name for kenmerk, move in self.moves.by_kenmerk().items()}
        logged = await self._logged()
        return [
            Received(
                key=(names.get(delivery.kenmerk, delivery.kenmerk), delivery.volgnummer, department.code),
                event_id=delivery.event_id,
                soort=delivery.soort,
                fields=delivery.velden,
                persons=len(delivery.gegevens.get("personen", [])),
                at=delivery.received_at,
                grondslag=delivery.grondslag,
                logged_at=logged.get(delivery.opvolging),
                effects=delivery.effects,
            )
            for department in self.departments
            for delivery in department.deliveries
            if delivery.soort or delivery.effects
        ]

    async def _logged(self) -> dict[str, datetime]:
        """The oldest Logboek row of each opvolging."""
        beheer, oldest = self.caller("beheer"), dict[str, datetime]()
        url: str | None = "/verhuizingen/api/v1/logboekregels?pageSize=500"
        while url:
            page = await beheer.must("GET", url)
            for row in page["results"]:
                moment = datetime.fromisoformat(row["endTime"])
                key = row["opvolging"]
                oldest[key] = min(moment, oldest.get(key, moment))
            url = page["next"]
        return oldest

    def _expected_taken(self) -> list[Expected]:
        fields = frozenset(yaml.safe_load((FOLDER / "gebeurtenisvelden.yaml").read_text())["taak"])
        expected = []
        for report in self.reports.reports:
            wanted = report.case["verwacht"]
            if wanted["http"] != 201 or "gekoppeldAan" in wanted or wanted["ploeg"] is None:
                continue
            expected.append(Expected((report.name, 1, wanted["ploeg"]), "aangemaakt", fields))
            if moved := wanted.get("omgezet"):
                expected.append(Expected((report.name, 2, wanted["ploeg"]), "ingetrokken", fields))
                expected.append(Expected((report.name, 1, moved["ploeg"]), "aangemaakt", fields))
        return expected

    def _received_taken(self) -> list[Received]:
        made = self.reports.first_of()
        return [
            Received(
                key=(
                    made[event.melding].name if event.melding in made else event.melding,
                    1 if event.gebeurtenis == "aangemaakt" else 2,
                    crew.ploeg,
                ),
                event_id=event.event_id,
                soort=event.gebeurtenis,
                fields=event.velden,
                persons=None,
                at=event.received_at,
                needs_ground=False,
                effects=0 if event.repeat else 1,
            )
            for crew in self.crews
            for event in crew.events
            if event.gebeurtenis in {"aangemaakt", "ingetrokken"}
        ]


async def _unless_failed(players: Sequence["asyncio.Task[None]"], work: Coroutine[Any, Any, None]) -> None:
    """Do the work; a player that dies ends it with its error."""
    main = asyncio.create_task(work)
    done, _ = await asyncio.wait([main, *players], return_when=asyncio.FIRST_COMPLETED)
    if main not in done:
        main.cancel()
        await asyncio.gather(main, return_exceptions=True)
    for task in done:
        task.result()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C is the demo's, not the stand-in's."""
        yield


@contextlib.asynccontextmanager
async def served_brp(municipality: Municipality) -> AsyncIterator[int]:
    """The stand-in BRP on a free port."""
    port = free_port()
    config = uvicorn.Config(create_brp(municipality), port=port, log_level="error", access_log=False, lifespan="off")
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by a flag
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        await serving


@contextlib.asynccontextmanager
async def staged(
    data: Path, municipality: Municipality, port: int | None = None, **options: Any
) -> AsyncIterator[Story]:
    """A fresh installation with the municipality's applicaties, and a story ready to play on it.

    options: of `Installation`.
    """
    outsiders = [f"afdeling-{profiel['afdeling']}" for profiel in municipality.afdelingsprofielen]
    outsiders += [f"apparaat-{device_of(ploeg['code'])}" for ploeg in municipality.ploegen]
    async with served_brp(municipality) as brp_port, _client() as http:
        environment = {
            "MEENT_GEMEENTE": municipality.gemeente["code"],
            "MEENT_APPLICATIES": str(FOLDER / "applicaties.yaml"),
            "MEENT_KLANTEN_SECRET": municipality.secrets["klanten"],
            "MEENT_BRP_URL": f"http://127.0.0.1:{brp_port}",
        }
        environment |= options.pop("environment", {})
        installation = Installation(data, port, environment=environment, outsiders=dict.fromkeys(outsiders), **options)
        await asyncio.to_thread(installation.start)
        try:
            yield Story(municipality, installation, brp_port, http)
        finally:
            await asyncio.to_thread(installation.stop)


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=AiohttpTransport(), timeout=httpx.Timeout(30.0, connect=5.0))


async def perform(data: Path, *, everything: bool) -> int:
    """Play and print; the exit code."""
    started = time.monotonic()
    print("Meent start: PostgreSQL, NATS en de diensten…", flush=True)
    async with staged(data, Municipality.load(clock.today())) as story:
        print(f"  klaar na {time.monotonic() - started:.1f} s, gateway op {story.installation.url}", flush=True)
        print(f"De gemeente {story.municipality.gemeente['naam']} wordt ingericht en de inwoners beginnen…", flush=True)
        await story.play()
        opvolgingen, taken, wrong = await story.verdict()
        print_moves(story.moves.moves, story.departments)
        print_crews(story.crews)
        if everything:
            names = {melding: report.name for melding, report in story.reports.first_of().items()}
            print_taken(story.crews, names)
        _print_totals(story, opvolgingen, taken, time.monotonic() - started)
        print_verdict(opvolgingen, taken, wrong)
    both = Judgement(
        [*opvolgingen.lost, *taken.lost],
        [*opvolgingen.double, *taken.double],
        [*opvolgingen.without_ground, *taken.without_ground],
    )
    print(f"\n{both.line}", flush=True)
    return 0 if both.clean and not wrong else 1


def _print_totals(story: Story, opvolgingen: Judgement, taken: Judgement, seconds: float) -> None:
    told = sum(1 for department in story.departments for delivery in department.deliveries if delivery.effects)
    made = sum(
        1 for crew in story.crews for event in crew.events if event.gebeurtenis == "aangemaakt" and not event.repeat
    )
    print(
        f"\nTotaal: {len(story.moves.moves)} verhuizingen en {len(story.reports.reports)} meldingen in {seconds:.0f} s;"
    )
    print(f"  {told} keer een afdeling verteld, {made} taken bij ploegen bezorgd;")
    print(f"  {opvolgingen.repeats + taken.repeats} herhalingen met hetzelfde nummer, herkend en niet nog eens gedaan.")


def main(arguments: Sequence[str]) -> int:
    """The command: 0 when all is as it must be, 1 when not."""
    parser = argparse.ArgumentParser(prog="meent demo", description="Play the two stories on a fresh installation.")
    parser.add_argument("--data", type=Path, help="keep the data here (default: a temporary folder that is removed)")
    parser.add_argument("--alles", action="store_true", help="also print every taak")
    given = parser.parse_args(arguments)
    logging.getLogger().setLevel(logging.ERROR)
    folder = given.data or Path(tempfile.mkdtemp(prefix="meent-demo-"))
    try:
        return asyncio.run(perform(folder, everything=given.alles))
    except KeyboardInterrupt:
        return 130
    finally:
        if given.data is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
