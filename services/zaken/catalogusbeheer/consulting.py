"""What the reference lists say of the types that are imported: each row is asked once, before anything is locked."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from chassis.problems import FieldError, Problem
from chassis.unit import Unit
from services.zaken.catalogi.resultaattype import Lists
from services.zaken.foreign import NotUsable
from services.zaken.selectielijst import klasse_of, procestype_of, resultaattypeomschrijving_of
from services.zaken.validation import Findings

T = TypeVar("T")
Ask = Callable[[Unit, str, str], Awaitable[Any]]
ASKED: dict[str, Ask] = {
    "selectielijstProcestype": procestype_of,
    "selectielijstklasse": klasse_of,
    "resultaattypeomschrijving": resultaattypeomschrijving_of,
}
"""JSON name of a field → how the row it refers to is read."""
MOST = 1000
"""Different rows one import may refer to; the national list has some hundreds."""
AT_ONCE = 8


@dataclass
class Consulted:
    """What was asked so far, by field and URL: the row, or what is wrong with the reference."""

    found: dict[tuple[str, str], Any] = field(default_factory=dict)

    async def ahead(self, unit: Unit, wanted: Iterable[tuple[str, str]]) -> None:
        """Ask some references (field, URL), several at a time. Raises Problem when there are too many."""
        asked = dict.fromkeys(wanted)
        if len(asked) > MOST:
            raise Problem(400, "te-veel-verwijzingen", f"Een import verwijst naar hoogstens {MOST} rijen van lijsten.")
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(name: str, url: str) -> None:
            async with gate:
                await self._row(unit, name, url)

        await asyncio.gather(*(one(name, url) for name, url in asked))

    async def procestype(self, unit: Unit, url: str | None) -> list[FieldError]:
        """What is wrong with selectielijstProcestype, when it is filled (ztc-001)."""
        findings = Findings()
        await self._usable(unit, "selectielijstProcestype", url or None, findings)
        return findings.errors

    async def lists(self, unit: Unit, klasse: str | None, omschrijving: str | None) -> tuple[Lists, Findings]:
        """What the lists say of a resultaattype, and what is wrong with its references (ztc-002)."""
        findings = Findings()
        lists = Lists(
            await self._usable(unit, "selectielijstklasse", klasse, findings),
            await self._usable(unit, "resultaattypeomschrijving", omschrijving, findings),
        )
        return lists, findings

    async def _usable(self, unit: Unit, name: str, url: str | None, findings: Findings) -> Any:
        if url is None:
            return None
        found = await self._row(unit, name, url)
        if isinstance(found, FieldError):
            findings.errors.append(replace(found, name=name))
            return None
        return found

    async def _row(self, unit: Unit, name: str, url: str) -> Any:
        if (name, url) not in self.found:
            try:
                self.found[name, url] = await ASKED[name](unit, url, name)
            except NotUsable as unusable:
                self.found[name, url] = unusable.error
        return self.found[name, url]
