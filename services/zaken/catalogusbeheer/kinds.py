"""The kinds of types a catalogus holds: how each is told from others of its kind, and what makes, changes and removes it.

What makes and changes them are the operations of the Catalogi API themselves, so that every rule, event and audit row is
that of an ordinary request.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.responses import Response

from chassis.resource import In, Resource
from chassis.unit import Unit
from services.zaken.catalogi import (
    besluittype,
    catalogus,
    eigenschap,
    informatieobjecttype,
    resultaattype,
    roltype,
    statustype,
    zaakinformatieobjecttype,
    zaakobjecttype,
)
from services.zaken.catalogi.zaaktype import routes as zaaktype
from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE, ZaaktypeIn, ZaaktypePatch
from services.zaken.catalogusbeheer.consulting import Consulted

Create = Callable[[Unit, Any, Consulted], Awaitable[Response]]
Change = Callable[[Unit, UUID, dict[str, Any], Consulted], Awaitable[Response]]
ById = Callable[[UUID, Unit], Awaitable[Response]]


@dataclass(frozen=True)
class Kind:
    """A kind of type. section: its list in a document; key: JSON names of what tells one from the others beside it.

    elsewhere: JSON names of a body that follow from where it stands. names, listed: those that hold names of types, and
    those that refer to a row of a reference list.
    """

    resource: Resource
    section: str
    body: type[In]
    key: tuple[str, ...]
    create: Create
    change: Change
    elsewhere: frozenset[str]
    names: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    remove: ById | None = None
    publish: ById | None = None

    @property
    def is_part(self) -> bool:
        """Whether it belongs to a version of a zaaktype."""
        return "zaaktype" in self.elsewhere


def _creates(operation: Callable[[Any, Unit], Awaitable[Response]]) -> Create:
    async def create(unit: Unit, body: Any, _: Consulted) -> Response:
        return await operation(body, unit)

    return create


def _changes(operation: Callable[[UUID, Any, Unit], Awaitable[Response]], patch: type[Any]) -> Change:
    async def change(unit: Unit, row_id: UUID, changes: dict[str, Any], _: Consulted) -> Response:
        return await operation(row_id, patch(changes), unit)

    return change


async def _create_zaaktype(unit: Unit, body: ZaaktypeIn, consulted: Consulted) -> Response:
    return await zaaktype.zaaktype_register(unit, body, await consulted.procestype(unit, body.selectielijst_procestype))


async def _change_zaaktype(unit: Unit, row_id: UUID, changes: dict[str, Any], consulted: Consulted) -> Response:
    errors = await consulted.procestype(unit, changes.get("selectielijstProcestype"))
    return await zaaktype.zaaktype_alter(unit, row_id, ZaaktypePatch(changes), errors)


async def _create_resultaattype(unit: Unit, body: resultaattype.ResultaattypeIn, consulted: Consulted) -> Response:
    lists, findings = await consulted.lists(unit, body.selectielijstklasse, body.resultaattypeomschrijving)
    return await resultaattype.register(unit, body, lists, findings)


async def _change_resultaattype(unit: Unit, row_id: UUID, changes: dict[str, Any], consulted: Consulted) -> Response:
    given = changes.get
    lists, findings = await consulted.lists(unit, given("selectielijstklasse"), given("resultaattypeomschrijving"))
    return await resultaattype.alter(unit, row_id, resultaattype.ResultaattypePatch(changes), lists, findings)


_MAIN = frozenset({"catalogus"})
_PART = frozenset({"zaaktype", "catalogus", "beginGeldigheid", "eindeGeldigheid"})

CATALOGUS = Kind(
    catalogus.CATALOGUS,
    "catalogus",
    catalogus.CatalogusIn,
    ("domein", "rsin"),
    _creates(catalogus.catalogus_create),
    _changes(catalogus.catalogus_partial_update, catalogus.CatalogusPatch),
    frozenset(),
)
INFORMATIEOBJECTTYPEN = Kind(
    informatieobjecttype.INFORMATIEOBJECTTYPE,
    "informatieobjecttypen",
    informatieobjecttype.InformatieobjecttypeIn,
    ("omschrijving", "beginGeldigheid"),
    _creates(informatieobjecttype.informatieobjecttype_create),
    _changes(informatieobjecttype.informatieobjecttype_partial_update, informatieobjecttype.InformatieobjecttypePatch),
    _MAIN,
    publish=informatieobjecttype.informatieobjecttype_publish,
)
BESLUITTYPEN = Kind(
    besluittype.BESLUITTYPE,
    "besluittypen",
    besluittype.BesluittypeIn,
    ("omschrijving", "beginGeldigheid"),
    _creates(besluittype.besluittype_create),
    _changes(besluittype.besluittype_partial_update, besluittype.BesluittypePatch),
    _MAIN,
    names=("informatieobjecttypen",),
    publish=besluittype.besluittype_publish,
)
ZAAKTYPEN = Kind(
    ZAAKTYPE,
    "zaaktypen",
    ZaaktypeIn,
    ("identificatie", "beginGeldigheid"),
    _create_zaaktype,
    _change_zaaktype,
    _MAIN,
    names=("besluittypen", "deelzaaktypen"),
    listed=("selectielijstProcestype",),
    publish=zaaktype.zaaktype_publish,
)
STATUSTYPEN = Kind(
    statustype.STATUSTYPE,
    "statustypen",
    statustype.StatustypeIn,
    ("volgnummer",),
    _creates(statustype.statustype_create),
    _changes(statustype.statustype_partial_update, statustype.StatustypePatch),
    _PART | {"eigenschappen"},  # the other end of eigenschap.statustype
    remove=statustype.statustype_destroy,
)
ROLTYPEN = Kind(
    roltype.ROLTYPE,
    "roltypen",
    roltype.RoltypeIn,
    ("omschrijving",),
    _creates(roltype.roltype_create),
    _changes(roltype.roltype_partial_update, roltype.RoltypePatch),
    _PART,
    remove=roltype.roltype_destroy,
)
EIGENSCHAPPEN = Kind(
    eigenschap.EIGENSCHAP,
    "eigenschappen",
    eigenschap.EigenschapIn,
    ("naam",),
    _creates(eigenschap.eigenschap_create),
    _changes(eigenschap.eigenschap_partial_update, eigenschap.EigenschapPatch),
    _PART,
    remove=eigenschap.eigenschap_destroy,
)
RESULTAATTYPEN = Kind(
    resultaattype.RESULTAATTYPE,
    "resultaattypen",
    resultaattype.ResultaattypeIn,
    ("omschrijving",),
    _create_resultaattype,
    _change_resultaattype,
    _PART,
    names=("besluittypen", "informatieobjecttypen"),
    listed=("resultaattypeomschrijving", "selectielijstklasse"),
    remove=resultaattype.resultaattype_destroy,
)
ZAAKOBJECTTYPEN = Kind(
    zaakobjecttype.ZAAKOBJECTTYPE,
    "zaakobjecttypen",
    zaakobjecttype.ZaakobjecttypeIn,
    ("relatieOmschrijving", "objecttype"),
    _creates(zaakobjecttype.zaakobjecttype_create),
    _changes(zaakobjecttype.zaakobjecttype_partial_update, zaakobjecttype.ZaakobjecttypePatch),
    _PART,
    remove=zaakobjecttype.zaakobjecttype_destroy,
)
ZAAK_INFORMATIEOBJECTTYPEN = Kind(
    zaakinformatieobjecttype.ZAAKTYPE_INFORMATIEOBJECTTYPE,
    "informatieobjecttypen",
    zaakinformatieobjecttype.ZaaktypeInformatieobjecttypeIn,
    ("volgnummer",),
    _creates(zaakinformatieobjecttype.zaakinformatieobjecttype_create),
    _changes(
        zaakinformatieobjecttype.zaakinformatieobjecttype_partial_update,
        zaakinformatieobjecttype.ZaaktypeInformatieobjecttypePatch,
    ),
    _PART,
    names=("informatieobjecttype",),
    remove=zaakinformatieobjecttype.zaakinformatieobjecttype_destroy,
)

MAIN = (INFORMATIEOBJECTTYPEN, BESLUITTYPEN, ZAAKTYPEN)
"""In the order in which they can be made and published: who is referred to first."""
PARTS = (STATUSTYPEN, ROLTYPEN, EIGENSCHAPPEN, RESULTAATTYPEN, ZAAKOBJECTTYPEN, ZAAK_INFORMATIEOBJECTTYPEN)
"""In the order in which they can be made."""
BY_RESOURCE = {kind.resource.name: kind for kind in (CATALOGUS, *MAIN, *PARTS)}
