"""What must hold for a document, whatever is done with it."""

from uuid import UUID

from chassis.problems import Invalid
from chassis.references import bad_url
from chassis.unit import Unit
from services.zaken.catalogi.informatieobjecttype import INFORMATIEOBJECTTYPE, Informatieobjecttype
from services.zaken.documenten.enkelvoudiginformatieobject.fields import (
    Documentstatus,
    Enkelvoudiginformatieobject,
    EnkelvoudiginformatieobjectIn,
)
from services.zaken.validation import Findings, judged

UNFINISHED = {Documentstatus.in_bewerking, Documentstatus.ter_vaststelling}
_HAS_RIGHTS = "SELECT EXISTS (SELECT FROM gebruiksrechten WHERE eio_id = $1)"
_RELATED = "SELECT EXISTS (SELECT FROM objectinformatieobject WHERE eio_id = $1)"


async def type_id_of(unit: Unit, body: EnkelvoudiginformatieobjectIn) -> UUID:
    """The id of the informatieobjecttype a body names (drc-001). Before the first statement of a unit: what is
    elsewhere is fetched, to say what it is. Raises Invalid.
    """
    type_id = unit.runtime.references.local_id(INFORMATIEOBJECTTYPE, body.informatieobjecttype)
    if type_id is None:
        raise Invalid([await judged(unit, body.informatieobjecttype, "informatieobjecttype")])
    return type_id


async def published_type(unit: Unit, findings: Findings, type_id: UUID) -> Informatieobjecttype | None:
    """The informatieobjecttype of a document, one that is published (drc-001)."""
    found: Informatieobjecttype | None = await unit.look_up(INFORMATIEOBJECTTYPE, type_id)
    if found is None:
        findings.errors.append(bad_url("informatieobjecttype"))
    elif found.concept:
        findings.add("informatieobjecttype", "not-published", "Het informatieobjecttype is nog een concept.")
    return found


def check_status(findings: Findings, body: EnkelvoudiginformatieobjectIn) -> None:
    """What was received is not being made (drc-005), and what is being made is not signed."""
    if body.status not in UNFINISHED:
        return
    if body.ontvangstdatum is not None:
        reason = "Een ontvangen document is niet in bewerking of ter vaststelling."
        findings.add("status", "invalid_for_received", reason)
    if body.ondertekening is not None:
        findings.add("ondertekening", "invalid", "Een document in bewerking of ter vaststelling is niet ondertekend.")


async def check_gebruiksrecht(
    unit: Unit, findings: Findings, body: EnkelvoudiginformatieobjectIn, row: Enkelvoudiginformatieobject | None
) -> None:
    """Whether use is limited follows from gebruiksrechten (drc-006). row: the document as it is, if it exists."""
    limited = bool(row) and bool(await (await unit.connection()).fetchval(_HAS_RIGHTS, row.id if row else None))
    indicatie = body.indicatie_gebruiksrecht
    if indicatie and not limited:
        reason = "Leg eerst gebruiksrechten vast; dan wordt dit vanzelf true."
        findings.add("indicatieGebruiksrecht", "missing-gebruiksrechten", reason)
    elif limited and not indicatie:
        reason = "Er zijn gebruiksrechten bij dit document; verwijder die eerst."
        findings.add("indicatieGebruiksrecht", "existing-gebruiksrechten", reason)


def check_lock(row: Enkelvoudiginformatieobject, given: str | None) -> None:
    """Who changes a document has locked it (drc-009, drc-010). Raises Invalid."""
    if not row.lock:
        raise Invalid.field("nonFieldErrors", "unlocked", "Vergrendel het document eerst.")
    if not given:
        raise Invalid.field("nonFieldErrors", "missing-lock-id", "Geef de lock mee.")
    if given != row.lock:
        raise Invalid.field("nonFieldErrors", "incorrect-lock-id", "Dit is niet de lock van dit document.")


async def is_related(unit: Unit, eio_id: UUID) -> bool:
    """Whether a document belongs to something."""
    return bool(await (await unit.connection()).fetchval(_RELATED, eio_id))


async def check_destroyable(unit: Unit, row: Enkelvoudiginformatieobject) -> None:
    """A document that is locked, or belongs to something, stays (drc-008). Raises Invalid."""
    if row.lock:
        raise Invalid.field("nonFieldErrors", "destroy-locked", "Dit document is vergrendeld.")
    if await is_related(unit, row.id):
        reason = "Dit document hoort nog bij een zaak, besluit of verzoek."
        raise Invalid.field("nonFieldErrors", "pending-relations", reason)
