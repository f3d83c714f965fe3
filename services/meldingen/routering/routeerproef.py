"""A routeerproef: where a melding would go and why, without making one."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field as Documented
from starlette.responses import Response

from chassis.app import UnitOfWork
from chassis.resource import In, Out
from services.meldingen.inrichting import Inrichting, load_inrichting
from services.meldingen.routeren import in_order, waarom_niet
from services.meldingen.routering.routeerregel import Urgentie

router = APIRouter(tags=["routeerproeven"])


# ---- fields


class ProefPlaats(In):
    """A point."""

    lon: float = Documented(ge=-180, le=180, description="Lengtegraad (WGS84).")
    lat: float = Documented(ge=-90, le=90, description="Breedtegraad (WGS84).")


class RouteerproefIn(In):
    """A melding as it could come."""

    omschrijving: str = Documented(
        default="", max_length=3000, description="Tekst waaruit een categorie wordt voorgesteld."
    )
    categorie: Annotated[str, Documented(max_length=60)] | None = Documented(
        default=None, description="Gekozen categorie."
    )
    locatie: ProefPlaats | None = Documented(default=None, description="Plaats van de melding.")
    urgentie: Urgentie = Documented(default=Urgentie.normaal, description="Urgentie.")


class Overgeslagen(Out):
    """A rule that was tried before the one that decided."""

    regel: str = Documented(description="Naam van de regel.")
    reden: str = Documented(description="Waarom de regel niet paste.")


class RouteerproefOut(Out):
    """The decision, and what was tried before it."""

    binnen_gebied: bool = Documented(description="Of de plaats binnen de gemeente ligt; zonder plaats: ja.")
    categorie: str | None = Documented(description="Gekozen of voorgestelde categorie.")
    wijk: str | None = Documented(description="Wijk van de plaats.")
    buurt: str | None = Documented(description="Buurt van de plaats.")
    afdeling: str = Documented(description="Afdeling die de melding zou krijgen.")
    ploeg: str | None = Documented(description="Ploeg die een taak zou krijgen.")
    regel: str | None = Documented(description="Naam van de regel die besliste.")
    uitleg: str = Documented(description="Waarom, in gewone taal.")
    overgeslagen: list[Overgeslagen] = Documented(description="Regels die eerder zijn geprobeerd.")


# ---- rules


def probeer(inrichting: Inrichting, body: RouteerproefIn, terugval: str) -> RouteerproefOut:
    """The decision for this sample, by the same rules as a real signaal."""
    plaats = inrichting.atlas.plaats(body.locatie.lon, body.locatie.lat) if body.locatie else None
    categorie = body.categorie or inrichting.woordenboek.voorstel(body.omschrijving)
    situatie = inrichting.situatie(categorie, plaats, body.urgentie)
    besluit = inrichting.routeer(situatie, terugval)
    earlier = []
    for regel in in_order(inrichting.regels):
        if regel.naam == besluit.regel:
            break
        earlier.append(Overgeslagen(regel=regel.naam, reden=waarom_niet(regel, situatie)))
    return RouteerproefOut(
        binnen_gebied=body.locatie is None or plaats is not None,
        categorie=categorie,
        wijk=situatie.wijk,
        buurt=situatie.buurt,
        afdeling=besluit.afdeling,
        ploeg=besluit.ploeg,
        regel=besluit.regel,
        uitleg=besluit.uitleg,
        overgeslagen=earlier,
    )


# ---- routes


@router.post("/routeerproeven", response_model=RouteerproefOut, summary="Routering uitproberen")
async def routeerproef_create(body: RouteerproefIn, unit: UnitOfWork) -> Response:
    """Waar een melding heen zou gaan; er wordt niets opgeslagen."""
    unit.caller.require("meldingen", "inrichting.lezen")
    inrichting = await load_inrichting(unit)
    result = probeer(inrichting, body, unit.runtime.settings.regie_afdeling)  # type: ignore[attr-defined]
    return unit.respond_raw(result.model_dump_json(by_alias=True).encode())
