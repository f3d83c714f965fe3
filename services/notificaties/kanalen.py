"""The kanalen of this suite, registered when the service starts so that anyone can subscribe to them."""

import logging
from dataclasses import dataclass

from sqlalchemy import select, text

from chassis.catalog import load_catalog
from chassis.runtime import Runtime
from chassis.unit import Unit, unit_of_work
from services.notificaties.notificaties.kanaal import KANAAL, Kanaal

log = logging.getLogger(__name__)
_LOCK = 8125530


@dataclass(frozen=True)
class OwnKanaal:
    """A kanaal of this suite: `api` documents its events, `filters` are its kenmerken."""

    naam: str
    api: str
    filters: tuple[str, ...]


OWN_KANALEN = tuple(
    OwnKanaal(one["name"], one["api"], tuple(one.get("filters", ())))
    for service in load_catalog().services.values()
    for one in service.channels
)
"""Those that services.toml has for the services that publish on them."""


async def register_kanalen(runtime: Runtime) -> None:
    """Register what is not there yet; an existing kanaal is left as it is."""
    async with unit_of_work(runtime) as unit:
        added = await add_missing(unit)
    if added:
        log.info("kanalen_registered", extra={"kanalen": added})


async def add_missing(unit: Unit) -> list[str]:
    """Add the kanalen of this suite that do not exist; their names. Two replicas at once wait for each other."""
    await unit.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    known = {kanaal.naam for kanaal in await unit.find(select(Kanaal))}
    missing = [own for own in OWN_KANALEN if own.naam not in known]
    for own in missing:
        link = f"{unit.public_url}/{own.api}/api/v1/openapi.json"
        await unit.create(KANAAL, Kanaal(naam=own.naam, documentatie_link=link, filters=list(own.filters)))
    return [own.naam for own in missing]
