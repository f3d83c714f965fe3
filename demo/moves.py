"""The story of the verhuizingen: the portal files, burgerzaken books and processes, exactly as the cases say."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx

from demo.client import Caller
from demo.municipality import Case

BASE = "/verhuizingen/api/v1/verhuizingen"


@dataclass
class Move:
    """One case as it went."""

    case: Case
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    kenmerk: str = ""
    url: str = ""
    zaak: str = ""
    status: str = ""
    home: str = ""
    """The nummeraanduidingId the aangifte names now."""
    day: str = ""
    filed: asyncio.Event = field(default_factory=asyncio.Event)
    others_filed: asyncio.Event = field(default_factory=asyncio.Event)
    """Everyone who wanted to file while this one was open has done so."""
    wrong: list[str] = field(default_factory=list)
    """What went otherwise than `verwacht`."""

    @property
    def name(self) -> str:
        """Name of the case."""
        return str(self.case["naam"])

    def expect(self, what: str, wanted: Any, found: Any) -> None:
        """Note a difference with what was expected."""
        if wanted != found:
            self.wrong.append(f"{self.name}: {what} verwacht {wanted!r}, gevonden {found!r}")


@dataclass
class Moves:
    """All cases, played with a few at a time."""

    portaal: Caller
    burgerzaken: Caller
    brp: httpx.AsyncClient
    moves: list[Move]
    tell: Callable[[str], None]

    def by_kenmerk(self) -> dict[str, Move]:
        """Filed moves by kenmerk."""
        return {move.kenmerk: move for move in self.moves if move.kenmerk}

    async def play(self) -> None:
        """Every case from filing to its last action."""
        by_name = {move.name: move for move in self.moves}
        waiting: dict[str, list[Move]] = {}
        for move in self.moves:
            if other := move.case.get("tijdens"):
                waiting.setdefault(other, []).append(move)
        for move in self.moves:
            if move.name not in waiting:
                move.others_filed.set()
        gate = asyncio.Semaphore(6)

        async def one(move: Move) -> None:
            other = by_name.get(move.case.get("tijdens", ""))
            if other is not None:
                await other.filed.wait()
            async with gate:
                await self._file(move)
            if other is not None and all(peer.filed.is_set() for peer in waiting[other.name]):
                other.others_filed.set()
            await move.others_filed.wait()
            async with gate:
                for action in move.case.get("acties", []):
                    await self._act(move, action)
            self.tell(f"verhuizing {move.name}")

        async with asyncio.TaskGroup() as group:
            for move in self.moves:
                group.create_task(one(move))

    async def finish(self, patience: float) -> None:
        """Wait until every move has the status it must end with, and note which has not."""
        deadline = asyncio.get_running_loop().time() + patience
        for move in self.moves:
            wanted = move.case["verwacht"].get("eindstatus")
            if not move.url:
                continue
            while True:
                found = await self.portaal.must("GET", move.url)
                move.status, move.zaak = found["status"], found["zaak"] or ""
                done = (wanted is None or move.status == wanted) and (move.zaak or found["status"] == "onvolledig")
                if done or asyncio.get_running_loop().time() > deadline:
                    break
                await asyncio.sleep(0.1)
            if wanted is not None:
                move.expect("eindstatus", wanted, move.status)

    async def _file(self, move: Move) -> None:
        answer = await self.portaal.call("POST", BASE, move.case["indienen"], key=move.key)
        wanted, body = move.case["verwacht"], answer.json()
        move.expect("http", wanted["http"], answer.status_code)
        if answer.status_code == 201:
            move.kenmerk, move.url = body["kenmerk"], body["url"]
            move.home = move.case["indienen"]["nieuwAdres"]["nummeraanduidingId"]
            move.day = move.case["indienen"]["datumVerhuizing"]
            move.expect("ontbreekt", sorted(wanted.get("ontbreekt", [])), sorted(body["ontbreekt"]))
            move.expect("waarschuwingen", sorted(wanted.get("waarschuwingen", [])), sorted(body["waarschuwingen"]))
        else:
            _refused(move, wanted, body)
        move.filed.set()

    async def _act(self, move: Move, action: dict[str, Any]) -> None:
        steps: dict[str, Callable[[Move, dict[str, Any]], Awaitable[httpx.Response | None]]] = {
            "opnieuw-indienen": self._file_again,
            "aanvullen": self._supplement,
            "brp-bijwerken": self._book,
            "verwerken": self._process,
            "corrigeren": self._correct,
            "intrekken": self._withdraw,
        }
        answer = await steps[action["actie"]](move, action)
        wanted = action.get("verwacht", {})
        if answer is None:
            return
        if "http" in wanted:
            move.expect(f"{action['actie']}: http", wanted["http"], answer.status_code)
        elif answer.status_code >= 400:
            move.wrong.append(f"{move.name}: {action['actie']}: {answer.status_code} {answer.text[:200]}")
            return
        if "code" in wanted:
            move.expect(f"{action['actie']}: code", wanted["code"], answer.json().get("code"))
        for name in ("status", "ontbreekt", "volgnummer"):
            if name in wanted:
                # The answer itself: a moment later the afdelingen may already have brought it further.
                move.expect(f"{action['actie']}: {name}", wanted[name], answer.json().get(name))

    async def _file_again(self, move: Move, action: dict[str, Any]) -> httpx.Response:
        answer = await self.portaal.call("POST", BASE, move.case["indienen"], key=move.key)
        if action.get("verwacht", {}).get("zelfdeKenmerk"):
            move.expect("opnieuw-indienen: kenmerk", move.kenmerk, answer.json().get("kenmerk"))
        return answer

    async def _supplement(self, move: Move, action: dict[str, Any]) -> httpx.Response:
        return await self.portaal.call("PATCH", move.url, action["met"])

    async def _book(self, move: Move, action: dict[str, Any]) -> None:
        """Burgerzaken's own way into the BRP: all movers at the new address, or where `met` says."""
        filed = move.case["indienen"]
        day = min(date.fromisoformat(move.day), date.today()).isoformat()  # noqa: DTZ011 - the clerk's calendar
        current = await self.portaal.must("GET", move.url)
        home = {"nummeraanduidingId": move.home, "datum": current["datumAdreshouding"] or day} | action.get("met", {})
        for mover in [filed["aangever"], *filed.get("meeverhuizers", [])]:
            answer = await self.brp.put(f"/boekingen/{mover['bsn']}", json=_flat(home))
            if answer.status_code != 200:
                move.wrong.append(f"{move.name}: de BRP kent een verhuizer niet")

    async def _process(self, move: Move, _: dict[str, Any]) -> httpx.Response:
        return await self.burgerzaken.call("POST", f"{move.url}/verwerkingen", {})

    async def _correct(self, move: Move, action: dict[str, Any]) -> httpx.Response:
        answer = await self.portaal.call("POST", f"{move.url}/correcties", action["met"])
        move.day = action["met"].get("datumVerhuizing", move.day)
        return answer

    async def _withdraw(self, move: Move, action: dict[str, Any]) -> httpx.Response:
        return await self.portaal.call("POST", f"{move.url}/intrekkingen", action["met"])


def _flat(home: dict[str, Any]) -> dict[str, str]:
    """A booking from `met`, which may name the address as the aangifte does."""
    address = home.get("nieuwAdres", home)
    return {"nummeraanduidingId": address["nummeraanduidingId"], "datum": home["datum"]}


def _refused(move: Move, wanted: Case, body: dict[str, Any]) -> None:
    names = {entry["name"] for entry in body.get("invalidParams", [])}
    codes = {body.get("code"), *(entry["code"] for entry in body.get("invalidParams", []))}
    if "code" in wanted and wanted["code"] not in codes:
        move.wrong.append(f"{move.name}: code {wanted['code']} verwacht, gevonden {sorted(map(str, codes))}")
    if "velden" in wanted:
        move.expect("velden", sorted(wanted["velden"]), sorted(names))
