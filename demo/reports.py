"""The story of the meldingen: residents report through the portal, regie moves one taak to another crew."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from demo.client import Caller
from demo.municipality import Case

SIGNALEN = "/meldingen/api/v1/signalen"


@dataclass
class Report:
    """One resident's report as it went."""

    case: Case
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    melding: str = ""
    """URL of the melding the signaal belongs to."""
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    wrong: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the case."""
        return str(self.case["naam"])

    @property
    def melding_id(self) -> str:
        """The id in the melding's URL."""
        return self.melding.rsplit("/", 1)[-1]

    def expect(self, what: str, wanted: Any, found: Any) -> None:
        """Note a difference with what was expected."""
        if wanted != found:
            self.wrong.append(f"{self.name}: {what} verwacht {wanted!r}, gevonden {found!r}")


@dataclass
class Reports:
    """All reports, several residents at a time, in the order of the files."""

    portaal: Caller
    regie: Caller
    reports: list[Report]
    tell: Callable[[str], None]
    between: Callable[[int], Any] = lambda _: None
    """Called before each report with its number: the crews' troubles are timed by it."""

    def first_of(self) -> dict[str, Report]:
        """Which report made the melding: by its id."""
        made: dict[str, Report] = {}
        for report in self.reports:
            if report.melding and "gekoppeldAan" not in report.case["verwacht"]:
                made.setdefault(report.melding_id, report)
        return made

    async def play(self) -> None:
        """Every report, then what regie does, then whether the meldingen are as expected."""
        by_name = {report.name: report for report in self.reports}
        gate = asyncio.Semaphore(4)

        async def one(number: int, report: Report) -> None:
            earlier = by_name.get(report.case["verwacht"].get("gekoppeldAan", ""))
            if earlier is not None:
                await earlier.answered.wait()
            async with gate:
                await self.between(number)
                await self._send(report)
                self.tell(f"melding {report.name}")

        async with asyncio.TaskGroup() as group:
            for number, report in enumerate(self.reports):
                group.create_task(one(number, report))
        for report in self.reports:
            await self._check(report, by_name)

    async def reroute(self) -> None:
        """What regie does with the cases that say so."""
        for report in self.reports:
            for action in report.case.get("acties", []):
                await self.regie.must("POST", f"{report.melding}/toewijzingen", action["met"])

    async def _send(self, report: Report) -> None:
        answer = await self.portaal.call("POST", SIGNALEN, report.case["indienen"], key=report.key)
        wanted, body = report.case["verwacht"], answer.json()
        report.expect("http", wanted["http"], answer.status_code)
        if answer.status_code == 201:
            report.melding = body["melding"]
            report.expect("gekoppeld", "gekoppeldAan" in wanted, body["gekoppeldAanBestaande"])
        else:
            codes = {body["code"], *(entry["code"] for entry in body.get("invalidParams", []))}
            names = sorted(entry["name"] for entry in body.get("invalidParams", []))
            report.expect("velden", sorted(wanted.get("velden", names)), names)
            if "code" in wanted and wanted["code"] not in codes:
                report.wrong.append(f"{report.name}: code {wanted['code']} verwacht, gevonden {sorted(codes)}")
        report.answered.set()

    async def _check(self, report: Report, by_name: dict[str, Report]) -> None:
        wanted = report.case["verwacht"]
        if not report.melding:
            return
        melding = await self.regie.must("GET", report.melding)
        for name in ("wijk", "afdeling", "ploeg"):
            if name in wanted:
                report.expect(name, wanted[name], melding[name])
        if "categorie" in wanted:
            report.expect("categorie", wanted["categorie"], melding["categorie"] or "geen")
        if "urgentie" in wanted:
            report.expect("urgentie", wanted["urgentie"], melding["urgentie"])
        if "gekoppeldAan" in wanted:
            report.expect("melding", by_name[wanted["gekoppeldAan"]].melding, report.melding)
