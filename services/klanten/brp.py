"""Client of the BRP API Personen, version 2: the only truth about where somebody lives.

One operation is used, `POST /personen` with RaadpleegMetBurgerservicenummer, so that no BSN stands in a URL. Each call
says for which purpose and processing it is made. Dates of the BRP may be incomplete, hence `PartialDate`.
"""

import calendar
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx

from chassis.problems import Unavailable
from chassis.runtime import Runtime
from services.klanten.settings import settings_of

log = logging.getLogger(__name__)
FIELDS = ("burgerservicenummer", "geboorte", "verblijfplaats")
"""What is asked of every person; more only when an afdelingsprofiel needs it."""


@dataclass(frozen=True)
class PartialDate:
    """A date of the BRP as the days it can be: both the same when it is complete."""

    earliest: date
    latest: date

    @property
    def exact(self) -> date | None:
        """The date, when it is complete."""
        return self.earliest if self.earliest == self.latest else None

    def __str__(self) -> str:
        """ISO 8601: the date, or the interval it lies in."""
        return str(self.earliest) if self.exact else f"{self.earliest}/{self.latest}"


@dataclass(frozen=True)
class BrpPersoon:
    """What the BRP says of a person, as far as it was asked."""

    bsn: str
    nummeraanduiding: str | None = None
    vanaf: PartialDate | None = None
    """Since when the person lives there."""
    geboren: PartialDate | None = None
    naam: str | None = None

    def lives_at(self, nummeraanduiding: str, since: date) -> bool:
        """Whether the BRP has this person at this address since exactly this day."""
        return self.nummeraanduiding == nummeraanduiding and self.vanaf is not None and self.vanaf.exact == since


def partial_date(value: Mapping[str, Any] | None) -> PartialDate | None:
    """A date in any of the four forms of the BRP; None when it is unknown or of a form we do not know."""
    try:
        match (value or {}).get("type"):
            case "Datum":
                day = date.fromisoformat(str(value["datum"]))  # type: ignore[index]
                return PartialDate(day, day)
            case "JaarMaandDatum":
                year, month = int(value["jaar"]), int(value["maand"])  # type: ignore[index]
                return PartialDate(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
            case "JaarDatum":
                year = int(value["jaar"])  # type: ignore[index]
                return PartialDate(date(year, 1, 1), date(year, 12, 31))
    except (KeyError, TypeError, ValueError):
        return None
    return None


async def personen(runtime: Runtime, bsns: Sequence[str], *, with_names: bool = False) -> dict[str, BrpPersoon]:
    """What the BRP says of these persons (at most 20), by BSN; who it does not know is left out.

    Raises Unavailable `brp-niet-bereikbaar`, also when its answer is no good.
    """
    settings = settings_of(runtime)
    body = {
        "type": "RaadpleegMetBurgerservicenummer",
        "fields": [*FIELDS, *(["naam"] if with_names else [])],
        "burgerservicenummer": list(bsns),
    }
    headers = {"x-doelbinding": settings.brp_doelbinding, "x-verwerking": settings.brp_verwerking}
    if key := settings.brp_api_key.get_secret_value():
        headers["x-api-key"] = key
    try:
        answer = await runtime.outbound.call_own(
            "POST", f"{settings.brp_url.rstrip('/')}/personen", json=body, headers=headers
        )
        if answer.status_code != 200:
            raise _away(f"status {answer.status_code}")
        found = [_persoon(item) for item in answer.json()["personen"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _away(type(error).__name__) from error
    return {person.bsn: person for person in found}


def _persoon(item: Mapping[str, Any]) -> BrpPersoon:
    home = item.get("verblijfplaats") or {}
    name = item.get("naam") or {}
    parts = (name.get("voornamen"), name.get("voorvoegsel"), name.get("geslachtsnaam"))
    return BrpPersoon(
        bsn=str(item["burgerservicenummer"]),
        nummeraanduiding=home.get("nummeraanduidingIdentificatie"),
        vanaf=partial_date(home.get("datumVan")),
        geboren=partial_date((item.get("geboorte") or {}).get("datum")),
        naam=name.get("volledigeNaam") or " ".join(part for part in parts if part) or None,
    )


def _away(reason: str) -> Unavailable:
    log.warning("brp_away", extra={"reason": reason})
    return Unavailable("brp-niet-bereikbaar", "De BRP is niet bereikbaar. Er is niets gewijzigd; probeer het later.")
