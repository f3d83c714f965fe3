"""A zaaknummer: an identificatie that is reserved for a zaak still to be opened. Nothing is stored: see `numbering`."""

from fastapi import APIRouter
from pydantic import Field as Documented
from starlette.responses import Response

from chassis import clock
from chassis.access import CurrentCaller
from chassis.reading import Reading
from chassis.resource import In, Out
from services.zaken.formats import Rsin
from services.zaken.numbering import reserve
from services.zaken.visibility import listable

router = APIRouter(tags=["zaaknummer_reserveren"])
MOST = 1000
"""Numbers that are reserved at once."""


# ---- fields


class ReserveringIn(In):
    """How many numbers are asked for, and for whom."""

    bronorganisatie: Rsin = Documented(min_length=9, description="RSIN van de organisatie die de zaken registreert.")
    aantal: int = Documented(default=1, ge=1, le=MOST, description="Hoeveel nummers.")


class ReserveringOut(Out):
    """A number as answered."""

    zaaknummer: str = Documented(description="De gereserveerde identificatie.")


# ---- routes


@router.post(
    "/zaaknummer_reserveren",
    status_code=201,
    response_model=list[ReserveringOut] | ReserveringOut,
    summary="Zaaknummers reserveren",
)
async def zaaknummer_reserveren(body: ReserveringIn, reader: Reading, caller: CurrentCaller) -> Response:
    """Nummers die niemand anders krijgt; één nummer komt als object, meer als lijst."""
    listable(caller, reader.runtime.references, "zaken.aanmaken")
    numbers = await reserve(reader.runtime.database, body.bronorganisatie, clock.today(), body.aantal)
    bodies = [ReserveringOut(zaaknummer=number).model_dump_json(by_alias=True) for number in numbers]
    content = bodies[0] if body.aantal == 1 else f"[{','.join(bodies)}]"
    return Response(content, 201, media_type="application/json")
