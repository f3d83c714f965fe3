"""Telling what happened to a type or its parts: one event per change, in the order of the zaaktype, besluittype or
informatieobjecttype it belongs to.
"""

from chassis.cloudevents import EventType
from chassis.resource import REGISTRY, Resource, Row
from chassis.unit import Unit
from services.zaken.catalogi.catalogus import CATALOGUS
from services.zaken.events import Actie, actie_of


def announce(
    unit: Unit, event: EventType, main: Row, resource: Resource, row: Row, *, actie: Actie | None = None
) -> None:
    """Put the event of a change in the outbox. main: the zaaktype, besluittype or informatieobjecttype; `row` is that
    itself or a part of it; `actie` when it is not the one of the event (a PATCH).
    """
    of_main = REGISTRY[str(main.__tablename__)]
    data = event.data.model_validate(
        {
            "resource": resource.name,
            "actie": actie or actie_of(event),
            "hoofd_object": unit.url(of_main, main.id),
            "kenmerken": {"catalogus": unit.url(CATALOGUS, main.catalogus_id)},  # type: ignore[attr-defined]
        }
    )
    unit.emit(event, about=row.id, aggregate=main.id, data=data, dataref=unit.url(resource, row.id))
