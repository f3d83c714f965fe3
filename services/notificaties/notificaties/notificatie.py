"""A notificatie offered by a publisher: it enters the same stream as the events of this suite."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

import orjson
from fastapi import APIRouter
from pydantic import Field, field_validator
from starlette.responses import Response

from chassis import clock
from chassis.app import UnitOfWork
from chassis.cloudevents import token
from chassis.filtering import camel
from chassis.problems import CodedValueError, Invalid, Problem
from chassis.resource import In
from services.notificaties.events import NOTIFICATIE_ONTVANGEN, NotificatieData
from services.notificaties.matching import consistent
from services.notificaties.notificaties.kanaal import PUBLICEREN
from services.notificaties.webadres import Url

router = APIRouter(tags=["notificaties"])
LEEWAY = timedelta(seconds=60)
"""How far the clock of a publisher may be ahead."""
LARGEST = 256 * 1024
"""Bytes of a notificatie; what the message bus carries at once is a megabyte, and a URL stands in it twice."""

# ---- fields


class NotificatieIn(In):
    """A notificatie; it is passed on as it is."""

    kanaal: str = Field(min_length=1, max_length=50, description="Naam van het kanaal.")
    hoofd_object: Url = Field(min_length=1, description="URL van het hoofdobject.")
    resource: str = Field(min_length=1, max_length=100, description="Resource waar het over gaat.")
    resource_url: Url = Field(min_length=1, description="URL van die resource.")
    actie: str = Field(min_length=1, max_length=100, description="Wat er met de resource is gedaan.")
    aanmaakdatum: datetime = Field(description="Wanneer dat is gedaan.")
    kenmerken: dict[str, Annotated[str, Field(min_length=1, max_length=1000)]] = Field(
        default_factory=dict, description="Kenmerken waarop abonnees kunnen filteren."
    )

    source: str | None = Field(
        default=None,
        max_length=255,
        description="De bron, als URN of URL; staat in CloudEvents die hieruit worden gemaakt.",
    )

    @field_validator("aanmaakdatum")
    @classmethod
    def _past(cls, value: datetime) -> datetime:
        moment = value if value.tzinfo else value.replace(tzinfo=clock.AMSTERDAM)
        if moment.year == 1:  # in UTC it may be the year before, which there is not
            raise CodedValueError("invalid", "De aanmaakdatum ligt te ver terug.")
        if moment > clock.now() + LEEWAY:
            raise CodedValueError("future_not_allowed", "De aanmaakdatum ligt in de toekomst.")
        return moment


class NotificatieOut(NotificatieIn):
    """The notificatie as it was accepted."""


# ---- routes


@router.post("/notificaties", status_code=201, response_model=NotificatieOut, summary="Notificatie aanbieden")
async def notificaties_create(body: NotificatieIn, unit: UnitOfWork) -> Response:
    """Biedt een notificatie aan; wie een passend abonnement heeft krijgt haar."""
    unit.caller.require("nrc", PUBLICEREN)
    rows = await unit.runtime.database.fetch("SELECT filters::text AS filters FROM kanaal WHERE naam = $1", body.kanaal)
    if not rows:
        raise Invalid.field("kanaal", "message_kanaal", "Er is geen kanaal met deze naam.")
    if not consistent(body.kenmerken, orjson.loads(rows[0]["filters"])):
        raise Invalid.field("kenmerken", "kenmerken_inconsistent", "Dit kanaal kent deze kenmerken niet.")
    accepted = body.model_dump_json(by_alias=True, exclude_none=True).encode()
    if len(accepted) > LARGEST:  # it would never leave the outbox, nor what follows about its hoofdobject
        raise Problem(413, "payload_too_large", f"Een notificatie is hoogstens {LARGEST} bytes groot.")
    emit(unit, body)
    return unit.respond_raw(accepted, 201)


def emit(unit: UnitOfWork, body: NotificatieIn) -> None:
    """Put the notificatie in the outbox; its order is that of its hoofdobject."""
    data = NotificatieData(
        kanaal=body.kanaal,
        resource=body.resource,
        actie=body.actie,
        hoofd_object=body.hoofd_object,
        resource_url=body.resource_url,
        aanmaakdatum=clock.iso(body.aanmaakdatum),
        kenmerken={camel(name): value for name, value in body.kenmerken.items()},
        source=body.source or "",
    )
    unit.emit(
        NOTIFICATIE_ONTVANGEN,
        about=uuid5(NAMESPACE_URL, body.hoofd_object),
        data=data,
        dataref=body.resource_url,
        kanaal=token(body.kanaal),
        resource=token(body.resource),
        actie=token(body.actie),
    )
