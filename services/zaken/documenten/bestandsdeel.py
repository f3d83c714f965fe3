"""A bestandsdeel: a part of the content of a document that is sent apart, because it is too large for one body.

The plan of the parts is made with the document, which is locked until they are all there. A part that is sent again takes
the place of what was there. Unlocking the document makes them its content.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.app import UnitOfWork
from chassis.problems import Invalid, NotFound, Problem
from chassis.resource import new_id
from chassis.runtime import Runtime
from chassis.unit import Unit
from services.zaken.documenten.enkelvoudiginformatieobject.fields import (
    BESTANDSDELEN,
    EIO,
    BestandsdeelOut,
    Enkelvoudiginformatieobject,
)
from services.zaken.documenten.opslag.bestand import Segment, add_segment, discard, forget, new_bestand, write
from services.zaken.documenten.opslag.multipart import parts_of
from services.zaken.documenten.visibility import BIJWERKEN, RIGHTS_COLUMNS, require, require_any
from services.zaken.settings import settings_of

router = APIRouter(tags=["bestandsdelen"])
MOST = 1000
"""Parts of one document."""
LONGEST_LOCK = 1000
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "title": "BestandsdeelIn",
                    "required": ["lock"],
                    "properties": {
                        "inhoud": {"type": "string", "format": "binary", "description": "De bytes van dit deel."},
                        "lock": {"type": "string", "minLength": 1, "description": "De lock van het document."},
                    },
                }
            }
        },
    }
}


# ---- rules

_DEEL = f"""
SELECT d.*, e.lock, {", ".join(f"e.{name}" for name in RIGHTS_COLUMNS.split(", "))}
FROM bestandsdeel d JOIN enkelvoudiginformatieobject e ON e.id = d.eio_id WHERE d.id = $1
"""  # noqa: S608 - own names
_INSERT = (
    "INSERT INTO bestandsdeel (id, eio_id, bestand_id, volgnummer, omvang, voltooid) VALUES ($1, $2, $3, $4, $5, false)"
)


def new_lock() -> str:
    """What must be known to change a document: nobody guesses it."""
    return secrets.token_hex(16)


def sizes(omvang: int, most: int) -> list[int]:
    """The sizes of the parts of content of so many bytes, the last one what is left. Raises Invalid for too many."""
    if omvang > MOST * most:
        raise Invalid.field("bestandsomvang", "max_value", f"Een document heeft hoogstens {MOST * most} bytes.")
    return [min(most, omvang - start) for start in range(0, omvang, most)]


async def plan_parts(unit: Unit, eio_id: UUID, omvang: int) -> None:
    """Plan the parts of a document."""
    bestand_id, connection = await new_bestand(unit), await unit.connection()
    planned = enumerate(sizes(omvang, settings_of(unit.runtime).documenten_deel), start=1)
    await connection.executemany(_INSERT, [(new_id(), eio_id, bestand_id, number, size) for number, size in planned])


async def drop_parts(unit: Unit, eio_id: UUID) -> None:
    """Give up the parts that were planned, and what came of them."""
    rows = await (await unit.connection()).fetch(
        "DELETE FROM bestandsdeel WHERE eio_id = $1 RETURNING bestand_id", eio_id
    )
    await forget(unit, list({row["bestand_id"] for row in rows}))


async def join_parts(unit: Unit, eio_id: UUID) -> UUID | None:
    """Make the parts content; None when some are missing."""
    connection = await unit.connection()
    rows = await connection.fetch("SELECT bestand_id, voltooid FROM bestandsdeel WHERE eio_id = $1", eio_id)
    if not all(row["voltooid"] for row in rows):
        return None
    await connection.execute("DELETE FROM bestandsdeel WHERE eio_id = $1", eio_id)
    bestand_id: UUID = rows[0]["bestand_id"]
    return bestand_id


@dataclass
class Sent:
    """The fields of a form, of which the file goes to the store as it comes."""

    request: Request
    lock: str = ""
    given: bool = False
    """Whether the form has a file."""

    async def inhoud(self, lock: str) -> AsyncIterator[bytes]:
        """The file. Raises Invalid as soon as the lock in the form is known to be wrong."""
        async for name, piece in parts_of(self.request):
            if name == "inhoud":
                self.given = True
                yield piece
            elif name == "lock" and piece:
                self.lock += piece.decode("utf-8", "replace")
                if len(self.lock) > LONGEST_LOCK:
                    break
            elif name == "lock":
                check_lock(self.lock, lock)
        check_lock(self.lock, lock)


def check_lock(given: str, lock: str) -> None:
    """Raises Invalid unless this is the lock."""
    if not given:
        raise Invalid.field("lock", "required", "Geef de lock mee.")
    if not secrets.compare_digest(given.encode(), lock.encode()):
        raise Invalid.field("nonFieldErrors", "incorrect-lock-id", "Dit is niet de lock van dit document.")


async def received(runtime: Runtime, request: Request, deel: Mapping[str, Any]) -> Segment:
    """The content of a part, in the store. Raises Invalid: it has the size that was planned, and the lock is right."""
    sent, omvang = Sent(request), deel["omvang"]
    try:
        segment = await write(runtime, sent.inhoud(deel["lock"]), most=omvang)
    except Problem as problem:
        if problem.status == 413:
            raise _wrong_size(omvang) from problem
        raise
    if segment.omvang != omvang:
        await discard(runtime, [segment.id])
        raise _wrong_size(omvang) if sent.given else Invalid.field("inhoud", "required", "De inhoud ontbreekt.")
    return segment


def _wrong_size(omvang: int) -> Invalid:
    return Invalid.field("inhoud", "file-size", f"Dit deel moet {omvang} bytes zijn.")


async def store(unit: Unit, deel: Mapping[str, Any], segment: Segment) -> None:
    """Let the document have a part. Raises Invalid when it was unlocked or changed meanwhile."""
    document: Enkelvoudiginformatieobject = await unit.get(EIO, deel["eio_id"], lock=True)
    check_lock(deel["lock"], document.lock)
    connection = await unit.connection()
    done = await connection.execute("UPDATE bestandsdeel SET voltooid = true WHERE id = $1", deel["id"])
    if done != "UPDATE 1":
        raise NotFound
    await add_segment(unit, deel["bestand_id"], deel["volgnummer"], segment)
    await unit.touch(EIO, document)


# ---- routes


@router.put("/bestandsdelen/{uuid}", response_model=BestandsdeelOut, summary="Bestandsdeel sturen", openapi_extra=FORM)
async def bestandsdeel_update(uuid: UUID, request: Request, unit: UnitOfWork) -> Response:
    """De bytes van een deel, als bestand in een formulier met de lock."""
    references = unit.runtime.references
    require_any(unit.caller, references, BIJWERKEN)
    rows = await unit.runtime.database.fetch(_DEEL, uuid)
    if not rows:
        raise NotFound
    deel = rows[0]
    require(unit.caller, references, deel["informatieobjecttype_id"], deel["vertrouwelijkheid"], BIJWERKEN)
    await store(unit, deel, await received(unit.runtime, request, deel))
    shown = {name: deel[name] for name in ("volgnummer", "omvang", "lock")}
    body = BestandsdeelOut(url=f"{unit.public_url}{BESTANDSDELEN}/{uuid}", voltooid=True, **shown)
    return unit.respond_raw(body.model_dump_json().encode())
