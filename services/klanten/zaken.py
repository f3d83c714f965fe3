"""Client of the Catalogi and Zaken APIs: a verhuizing has one zaak, which is the record that is kept and archived.

Every step looks before it writes, so a repeat after a crash finds what is there: the zaak by its identificatie, which
is the kenmerk of the verhuizing, the rollen by their person. All raise Unavailable while the other service is away.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx

from chassis import clock
from chassis.access import make_token
from chassis.problems import Unavailable
from chassis.runtime import Runtime
from services.klanten.settings import settings_of
from services.klanten.verhuizingen.inhoud import Verhuizer

log = logging.getLogger(__name__)
CATALOGI, ZAKEN = "/catalogi/api/v1", "/zaken/api/v1"
CLIENT = "klanten"
AWAY = frozenset({429, 502, 503, 504})
"""Statuses that say nothing of the request: it is waited for without end, as when there is no answer."""
_CRS = {"Accept-Crs": "EPSG:4326", "Content-Crs": "EPSG:4326"}


class ZakenError(Exception):
    """A call to the Catalogi or Zaken API did not give what it should; its text holds no personal data."""


@dataclass(frozen=True)
class Zaaktype:
    """What is needed of the zaaktype of a verhuizing: URLs, roltypen by omschrijvingGeneriek, resultaattypen by omschrijving."""

    url: str
    first_status: str
    end_status: str
    roltypen: dict[str, str]
    resultaattypen: dict[str, str]

    def resultaattype(self, outcome: str) -> str:
        """The resultaattype of this name, else the first. Raises ZakenError when there is none: no zaak ends without."""
        if not self.resultaattypen:
            raise ZakenError("the zaaktype has no resultaattypen")
        return self.resultaattypen.get(outcome) or next(iter(self.resultaattypen.values()))


async def open_zaak(runtime: Runtime, kenmerk: str, aangifte: date, movers: Sequence[Verhuizer]) -> str:
    """The URL of the zaak with this kenmerk, complete with its movers and first status. Raises ZakenError."""
    zaaktype = await find_zaaktype(runtime)
    zaak = await find_zaak(runtime, kenmerk) or await _create(runtime, zaaktype, kenmerk, aangifte)
    await _add_movers(runtime, zaaktype, zaak["url"], movers)
    if not zaak.get("status"):
        await _set_status(runtime, zaak["url"], zaaktype.first_status)
    return str(zaak["url"])


async def close_zaak(runtime: Runtime, kenmerk: str, outcome: str) -> None:
    """Give the zaak its resultaat and end status, unless it has ended. outcome: omschrijving of the resultaattype.

    Raises ZakenError, also when there is no such zaak.
    """
    zaak = await find_zaak(runtime, kenmerk)
    if zaak is None:
        raise ZakenError("no zaak with this kenmerk")
    if zaak.get("einddatum"):
        return
    zaaktype = await find_zaaktype(runtime, zaak["zaaktype"])
    if not zaak.get("resultaat"):
        body = {"zaak": zaak["url"], "resultaattype": zaaktype.resultaattype(outcome)}
        _body(await _call(runtime, "POST", f"{ZAKEN}/resultaten", json=body), 201)
    await _set_status(runtime, zaak["url"], zaaktype.end_status)


async def find_zaak(runtime: Runtime, kenmerk: str) -> dict[str, Any] | None:
    """The zaak with this identificatie of our own organisation, if there is one."""
    query = {"identificatie": kenmerk, "bronorganisatie": settings_of(runtime).rsin}
    found = await _list(runtime, f"{ZAKEN}/zaken", query)
    return found[0] if found else None


async def find_zaaktype(runtime: Runtime, url: str | None = None) -> Zaaktype:
    """The published zaaktype of a verhuizing that is valid today, or the one with this URL. Raises ZakenError."""
    if url is None:
        identificatie = settings_of(runtime).verhuizing_zaaktype
        query = {"identificatie": identificatie, "status": "definitief", "datumGeldigheid": str(clock.today())}
        found = await _list(runtime, f"{CATALOGI}/zaaktypen", query)
        if not found:
            raise ZakenError(f"no published zaaktype {identificatie}")
        url = str(found[-1]["url"])
    statustypen = await _list(runtime, f"{CATALOGI}/statustypen", {"zaaktype": url})
    if not statustypen:
        raise ZakenError("the zaaktype has no statustypen")
    in_order = sorted(statustypen, key=lambda item: int(item["volgnummer"]))
    roltypen = await _list(runtime, f"{CATALOGI}/roltypen", {"zaaktype": url})
    resultaattypen = await _list(runtime, f"{CATALOGI}/resultaattypen", {"zaaktype": url})
    return Zaaktype(
        url=url,
        first_status=in_order[0]["url"],
        end_status=in_order[-1]["url"],
        roltypen={item["omschrijvingGeneriek"]: item["url"] for item in roltypen},
        resultaattypen={item["omschrijving"]: item["url"] for item in resultaattypen},
    )


async def _create(runtime: Runtime, zaaktype: Zaaktype, kenmerk: str, aangifte: date) -> dict[str, Any]:
    rsin = settings_of(runtime).rsin
    body = {
        "identificatie": kenmerk,
        "bronorganisatie": rsin,
        "verantwoordelijkeOrganisatie": rsin,
        "zaaktype": zaaktype.url,
        "omschrijving": "Verhuizing",
        "startdatum": str(aangifte),
        "registratiedatum": str(aangifte),
    }
    answer = await _call(runtime, "POST", f"{ZAKEN}/zaken", json=body)
    if answer.status_code == 400 and "identificatie-niet-uniek" in answer.text:
        other = await find_zaak(runtime, kenmerk)
        if other is not None:
            return other
    created: dict[str, Any] = _body(answer, 201)
    return created


async def _add_movers(runtime: Runtime, zaaktype: Zaaktype, zaak: str, movers: Sequence[Verhuizer]) -> None:
    known = {
        (rol.get("betrokkeneIdentificatie") or {}).get("inpBsn")
        for rol in await _list(runtime, f"{ZAKEN}/rollen", {"zaak": zaak})
    }
    for place, mover in enumerate(movers):
        roltype = zaaktype.roltypen.get("belanghebbende" if place else "initiator")
        if roltype is None or mover.bsn in known:
            continue
        body = {
            "zaak": zaak,
            "betrokkeneType": "natuurlijk_persoon",
            "roltype": roltype,
            "roltoelichting": mover.soort_aangifte,
            "betrokkeneIdentificatie": {"inpBsn": mover.bsn},
        }
        _body(await _call(runtime, "POST", f"{ZAKEN}/rollen", json=body), 201)


async def _set_status(runtime: Runtime, zaak: str, statustype: str) -> None:
    body = {"zaak": zaak, "statustype": statustype, "datumStatusGezet": clock.iso(clock.now())}
    _body(await _call(runtime, "POST", f"{ZAKEN}/statussen", json=body), 201)


async def _list(runtime: Runtime, path: str, query: dict[str, str]) -> list[dict[str, Any]]:
    body = _body(await _call(runtime, "GET", path, params=query), 200)
    found: list[dict[str, Any]] = body["results"] if isinstance(body, dict) else body
    return found


async def _call(runtime: Runtime, method: str, path: str, **options: Any) -> httpx.Response:
    settings = settings_of(runtime)
    secret = settings.klanten_secret.get_secret_value()
    if not secret:
        raise ZakenError("MEENT_KLANTEN_SECRET is not set")
    token = make_token(CLIENT, secret, user_id=CLIENT, user_representation="Service klanten")
    headers = {"Authorization": f"Bearer {token}", **_CRS}
    try:
        return await runtime.outbound.call_own(method, f"{settings.zaken_base}{path}", headers=headers, **options)
    except httpx.HTTPError as error:
        raise _away(type(error).__name__) from error


def _body(answer: httpx.Response, wanted: int) -> Any:
    if answer.status_code in AWAY:
        raise _away(f"status {answer.status_code}")
    if answer.status_code != wanted:
        try:
            problem = answer.json()
            codes = [problem["code"], *(item["code"] for item in problem.get("invalidParams", []))]
        except (ValueError, KeyError, TypeError):
            codes = []
        raise ZakenError(f"status {answer.status_code} {' '.join(codes)}".strip())
    return answer.json()


def _away(reason: str) -> Unavailable:
    log.warning("zaken_away", extra={"reason": reason})
    return Unavailable("zaken-niet-bereikbaar", "De Zaken API is niet bereikbaar.")
