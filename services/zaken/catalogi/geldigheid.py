"""Periods of validity: a version holds from beginGeldigheid up to and including eindeGeldigheid."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Annotated, Any, Protocol

from fastapi import Query
from pydantic import Field
from sqlalchemy import text

from chassis.problems import FieldError, Invalid
from chassis.reading import Selection
from chassis.resource import Row
from chassis.unit import Unit
from services.zaken.catalogi.concept import ONLY_END
from services.zaken.catalogi.naming import Kind
from services.zaken.expand import Expandable
from services.zaken.validation import Findings


class OneVersion(Expandable):
    """Query parameters of one version of a type."""

    datum_geldigheid: date | None = Field(
        default=None, alias="datumGeldigheid", description="Dag waarop de typen eromheen gelden; standaard vandaag."
    )


Version = Annotated[OneVersion, Query()]
"""In the route of one version of a type: what is asked."""


class Period(Protocol):
    """What has a period of validity."""

    begin_geldigheid: date
    einde_geldigheid: date | None


class OptionalPeriod(Protocol):
    """A part as it is sent: it may leave its period to its zaaktype."""

    begin_geldigheid: date | None
    einde_geldigheid: date | None


def overlaps(begin: date, end: date | None, other_begin: date, other_end: date | None) -> bool:
    """Whether two periods of validity share a day; both ends are included, an absent end is never.

    A version that ends before it begins never holds.
    """
    return max(begin, other_begin) <= min(end or date.max, other_end or date.max)


def check_period(findings: Findings, body: Period, sent: Collection[str] | None = None) -> None:
    """A period ends after it begins. Who only changes the end may withdraw a version by ending it before it begins.

    sent: JSON names of the fields of a PATCH.
    """
    if sent is not None and ONLY_END.issuperset(sent):
        return
    if body.einde_geldigheid is not None and body.einde_geldigheid < body.begin_geldigheid:
        findings.add("eindeGeldigheid", "einde-voor-begin", "De geldigheid eindigt voordat zij begint.")


def part_period(body: OptionalPeriod, zaaktype: Period) -> list[FieldError]:
    """What is wrong with the period of a part: it is that of its zaaktype, and need not be sent.

    The standard wants its begin to equal beginGeldigheid and versiedatum of the zaaktype, which can differ from each
    other; the period counts.
    """
    reason = "De geldigheid is die van het zaaktype."
    errors = []
    if body.begin_geldigheid not in {None, zaaktype.begin_geldigheid}:
        errors.append(FieldError("beginGeldigheid", "wijkt-af-van-zaaktype", reason))
    if body.einde_geldigheid not in {None, zaaktype.einde_geldigheid}:
        errors.append(FieldError("eindeGeldigheid", "wijkt-af-van-zaaktype", reason))
    return errors


def select_valid(selection: Selection, day: date | None) -> Selection:
    """Keep the versions that hold on a day, when one is given."""
    if day is None:
        return selection
    selection.where("begin_geldigheid <= {}", day)
    return selection.where("(einde_geldigheid IS NULL OR einde_geldigheid >= {})", day)


async def check_no_overlap(unit: Unit, kind: Kind, row: Row) -> None:
    """Published versions of one type never hold on the same day (ztc-016). Raises Invalid.

    The lock of the catalogus is held, so that no two are published at once.
    """
    found = await unit.session.execute(
        text(
            f"SELECT begin_geldigheid, einde_geldigheid FROM {kind.table} "  # noqa: S608 - own names
            f"WHERE catalogus_id = :catalogus AND {kind.name} = :name AND id <> :id AND NOT concept"
        ),
        {"catalogus": row.catalogus_id, "name": getattr(row, kind.name), "id": row.id},  # type: ignore[attr-defined]
    )
    if any_overlap(row, found):  # type: ignore[arg-type]
        raise Invalid.field("beginGeldigheid", "overlap", "Een andere versie van dit type geldt al in deze periode.")


def any_overlap(own: Period, others: Iterable[Any]) -> bool:
    """Whether a period shares a day with any of some others, pairs of begin and end."""
    return any(overlaps(own.begin_geldigheid, own.einde_geldigheid, begin, end) for begin, end in others)
