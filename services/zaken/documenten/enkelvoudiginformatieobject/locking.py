"""Locking a document, so that nobody else changes it, and unlocking it (drc-009)."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field as Documented
from starlette.responses import Response

from chassis.app import UnitOfWork
from chassis.problems import Invalid, PermissionDenied
from chassis.resource import In, Out
from chassis.unit import Unit
from services.zaken.documenten.bestandsdeel import new_lock
from services.zaken.documenten.enkelvoudiginformatieobject.content import complete
from services.zaken.documenten.enkelvoudiginformatieobject.fields import EIO, Enkelvoudiginformatieobject
from services.zaken.documenten.enkelvoudiginformatieobject.rules import check_lock
from services.zaken.documenten.visibility import FORCED_UNLOCK, LOCK, require_any, require_for

router = APIRouter(tags=["enkelvoudiginformatieobjecten"])


# ---- fields


class LockOut(Out):
    """What must be known to change the document and to unlock it."""

    lock: str = Documented(min_length=1, description="De lock: onthoud deze.")


class UnlockIn(In):
    """Who unlocks by force leaves the lock out."""

    lock: str = Documented(default="", max_length=100, description="De lock die bij het vergrendelen is gegeven.")


# ---- rules


async def locked(unit: Unit, eio_id: UUID, *scopes: str) -> Enkelvoudiginformatieobject:
    """A document, its row locked, that the caller has one of the scopes for. Raises NotFound, PermissionDenied."""
    require_any(unit.caller, unit.runtime.references, *scopes)
    row: Enkelvoudiginformatieobject = await unit.get(EIO, eio_id, lock=True)
    require_for(unit.caller, unit.runtime.references, row, *scopes)
    return row


def may_force(unit: Unit, row: Enkelvoudiginformatieobject) -> bool:
    """Whether the caller may unlock what somebody else locked."""
    try:
        require_for(unit.caller, unit.runtime.references, row, FORCED_UNLOCK)
    except PermissionDenied:
        return False
    return True


async def unlock(unit: Unit, row: Enkelvoudiginformatieobject, given: str) -> None:
    """Unlock a document, by force when no lock is given. Raises Invalid, and a document that is not locked stays so."""
    forced = not given and may_force(unit, row)
    if not forced:
        check_lock(row, given)
    if not row.lock:
        return
    await complete(unit, row, forced=forced)
    row.lock = ""
    await unit.change(EIO, row, action="unlock")


# ---- routes


@router.post("/enkelvoudiginformatieobjecten/{uuid}/lock", response_model=LockOut, summary="Document vergrendelen")
async def enkelvoudiginformatieobject_lock(uuid: UUID, unit: UnitOfWork) -> Response:
    """Vergrendelt het document: alleen wie de lock kent kan het wijzigen."""
    row = await locked(unit, uuid, LOCK)
    if row.lock:
        raise Invalid.field("nonFieldErrors", "existing-lock", "Dit document is al vergrendeld.")
    row.lock = new_lock()
    await unit.change(EIO, row, action="lock")
    return unit.respond_raw(LockOut(lock=row.lock).model_dump_json().encode())


@router.post(
    "/enkelvoudiginformatieobjecten/{uuid}/unlock",
    status_code=204,
    response_model=None,
    summary="Document ontgrendelen",
)
async def enkelvoudiginformatieobject_unlock(uuid: UUID, unit: UnitOfWork, body: UnlockIn | None = None) -> Response:
    """Ontgrendelt het document; als de inhoud in delen kwam, moeten die er allemaal zijn."""
    row = await locked(unit, uuid, LOCK, FORCED_UNLOCK)
    await unlock(unit, row, body.lock if body else "")
    return unit.respond_raw(b"", 204)
