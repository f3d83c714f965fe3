"""A CloudEvent offered by a publisher, as at Open Notificaties: it goes, as it is, to whoever asked for its type."""

import base64
import re
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

import orjson
from fastapi import APIRouter
from pydantic import AwareDatetime, ConfigDict, Field, field_validator, model_validator
from starlette.responses import Response

from chassis.app import UnitOfWork
from chassis.cloudevents import token
from chassis.problems import CodedValueError, Problem
from chassis.resource import In
from services.notificaties.events import CLOUDEVENT_ONTVANGEN, CloudeventData
from services.notificaties.form import STRUCTURED
from services.notificaties.notificaties.kanaal import PUBLICEREN

router = APIRouter(tags=["cloudevents"])
LARGEST = 256 * 1024
"""Bytes of a CloudEvent; what the message bus carries at once is a megabyte."""
_NAME = re.compile(r"[a-z0-9]{1,20}")

# ---- fields

Text = Annotated[str, Field(min_length=1, max_length=255)]


class CloudEventIn(In):
    """A CloudEvent 1.0 in structured mode; extension attributes travel along."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=False)

    id: Text = Field(description="Id; samen met source uniek.")
    source: Text = Field(description="Waar het gebeurde, als URI.")
    specversion: str = Field(pattern=r"^1\.0$", description="Versie van de specificatie: 1.0.")
    type: Text = Field(description="Soort gebeurtenis.")
    subject: Text | None = Field(default=None, description="Waar het over gaat, binnen de source.")
    time: AwareDatetime | None = Field(default=None, description="Wanneer het gebeurde.")
    datacontenttype: Text | None = Field(default=None, description="Mediatype van data.")
    dataschema: Text | None = Field(default=None, description="Schema van data, als URI.")
    dataref: Text | None = Field(default=None, description="Waar de gegevens te halen zijn.")
    data: Any = Field(default=None, description="De gegevens van de gebeurtenis.")
    data_base64: str | None = Field(
        default=None, alias="data_base64", description="De gegevens in base64, in plaats van data."
    )

    @field_validator("id", "source", "type", "subject", "datacontenttype", "dataschema", "dataref")
    @classmethod
    def _printable(cls, value: str | None) -> str | None:
        if value is not None and not value.isprintable():
            raise CodedValueError("invalid", "Hierin staan tekens die niet zijn toegestaan.")
        return value

    @field_validator("data")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        try:
            orjson.dumps(value)
        except TypeError as error:
            raise CodedValueError("invalid", "Hierin staat een te groot getal.") from error
        return value

    @field_validator("data_base64")
    @classmethod
    def _encoded(cls, value: str | None) -> str | None:
        try:
            base64.b64decode(value or "", validate=True)
        except ValueError as error:
            raise CodedValueError("invalid", "Dit is geen base64.") from error
        return value

    @model_validator(mode="after")
    def _attributes(self) -> "CloudEventIn":
        for name, value in (self.model_extra or {}).items():
            number = isinstance(value, int) and -(2**31) <= value < 2**31
            if not _NAME.fullmatch(name) or not (number or isinstance(value, str)):
                raise CodedValueError(
                    "invalid", "Een attribuut heeft een naam van kleine letters en cijfers en een enkele waarde.", name
                )
        return self


# ---- rules


def emit(unit: UnitOfWork, body: CloudEventIn, given: dict[str, Any]) -> None:
    """Put the CloudEvent in the outbox; its order is that of what it is about."""
    unit.emit(
        CLOUDEVENT_ONTVANGEN,
        about=uuid5(NAMESPACE_URL, f"{body.source} {body.subject or ''}"),
        data=CloudeventData(cloudevent=given),
        dataref=body.dataref or "",
        soort=token(body.type),
    )


# ---- routes


@router.post("/cloudevents", status_code=201, response_model=CloudEventIn, summary="CloudEvent aanbieden")
async def cloudevent_create(body: CloudEventIn, unit: UnitOfWork) -> Response:
    """Biedt een CloudEvent aan (application/cloudevents+json); wie een passend abonnement heeft krijgt het."""
    unit.caller.require("nrc", PUBLICEREN)
    given = body.model_dump(mode="json", by_alias=True, exclude_none=True)
    accepted = orjson.dumps(given)
    if len(accepted) > LARGEST:
        raise Problem(413, "payload_too_large", f"Een CloudEvent is hoogstens {LARGEST} bytes groot.")
    emit(unit, body, given)
    answer = unit.respond_raw(accepted, 201)
    answer.headers["content-type"] = STRUCTURED
    return answer
