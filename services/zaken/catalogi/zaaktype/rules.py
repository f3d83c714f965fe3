"""What must hold for a zaaktype."""

from datetime import date

from sqlalchemy import text

from chassis.problems import Invalid
from chassis.references import bad_url
from chassis.unit import Unit
from services.zaken.catalogi.zaaktype.fields import Zaaktype, ZaaktypeIn
from services.zaken.validation import Findings


def overlaps(begin: date, end: date | None, other_begin: date, other_end: date | None) -> bool:
    """Whether two periods of validity share a day; both ends are included, an absent end is never."""
    return begin <= (other_end or date.max) and other_begin <= (end or date.max)


def check_new(body: ZaaktypeIn) -> None:
    """Periods are in order, and nothing is referred to that cannot be yet. Raises Invalid."""
    findings = Findings()
    if body.einde_geldigheid is not None and body.einde_geldigheid < body.begin_geldigheid:
        findings.add("eindeGeldigheid", "einde-voor-begin", "De geldigheid eindigt voordat zij begint.")
    if body.verlenging_mogelijk and body.verlengingstermijn is None:
        findings.add("verlengingstermijn", "required", "Geef aan met hoeveel de doorlooptijd verlengd kan worden.")
    related = [("gerelateerdeZaaktypen", len(body.gerelateerde_zaaktypen))]
    related += [("besluittypen", len(body.besluittypen)), ("deelzaaktypen", len(body.deelzaaktypen))]
    findings.errors += [bad_url(f"{name}.{index}") for name, count in related for index in range(count)]
    findings.refuse_foreign({"selectielijstProcestype": body.selectielijst_procestype}, "selectielijstProcestype")
    findings.stop_if_any()


async def check_no_overlap(unit: Unit, row: Zaaktype) -> None:
    """Published versions of one zaaktype never hold on the same day (ztc-016). Raises Invalid."""
    others = await unit.session.execute(
        text(
            "SELECT begin_geldigheid, einde_geldigheid FROM zaaktype "
            "WHERE catalogus_id = :catalogus AND identificatie = :code AND id <> :id AND NOT concept"
        ),
        {"catalogus": row.catalogus_id, "code": row.identificatie, "id": row.id},
    )
    if any(overlaps(row.begin_geldigheid, row.einde_geldigheid, begin, end) for begin, end in others):
        raise Invalid.field(
            "beginGeldigheid", "overlap", "Een andere versie van dit zaaktype geldt al in deze periode."
        )
