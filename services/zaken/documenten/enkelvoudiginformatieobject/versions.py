"""Which version of a document is asked for: the latest, one by number, or the one of a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Query
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic import Field as Documented
from pydantic.alias_generators import to_camel

from chassis.access import Caller
from chassis.problems import Invalid, NotFound
from chassis.reading import Reader
from chassis.resource import etag_of
from services.zaken.catalogi.informatieobjecttype import INFORMATIEOBJECTTYPE
from services.zaken.documenten.enkelvoudiginformatieobject.fields import EIO
from services.zaken.documenten.visibility import RIGHTS_COLUMNS, readable, require_readable
from services.zaken.expand import Expandable
from services.zaken.formats import Moment

MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
LARGEST = 2**31 - 1
_COLUMNS = f"id, versie, begin_registratie, bestand_id, lock, {RIGHTS_COLUMNS}"
_EARLIER = """
SELECT representation, bestand_id FROM eerdere_versie
WHERE eio_id = $1 AND ($2::integer IS NULL OR versie = $2) AND ($3::timestamptz IS NULL OR begin_registratie <= $3)
ORDER BY versie DESC LIMIT 1
"""


class Versie(BaseModel):
    """Query parameters that choose a version; without any it is the latest. An unknown one is a 400."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    versie: int | None = Documented(default=None, description="Nummer van de versie.")
    registratie_op: str | None = Documented(default=None, description="De versie die op dit moment gold (ISO 8601).")

    @property
    def moment(self) -> datetime | None:
        """The moment asked for. Raises Invalid."""
        if self.registratie_op is None:
            return None
        try:  # a + in a query is a space
            return MOMENT.validate_python(self.registratie_op.replace(" ", "+"))
        except ValidationError:
            raise Invalid.field("registratieOp", "invalid", "Dit is geen moment volgens ISO 8601.") from None


class ExpandableVersie(Versie, Expandable):
    """Query parameters of a single document."""


AskedVersie = Annotated[Versie, Query()]
"""In a route: which version."""
AskedDocument = Annotated[ExpandableVersie, Query()]
"""In the route of a single document: which version, and what to expand."""


@dataclass(frozen=True)
class Version:
    """A version of a document. row: what an answer is made of."""

    row: dict[str, Any]
    bestand_id: UUID | None


async def version_of(reader: Reader, caller: Caller, eio_id: UUID, asked: Versie) -> Version:
    """The version that is asked for, of a document the caller may read. Raises NotFound, PermissionDenied, Invalid."""
    readable(caller, reader.runtime.references)
    row = await reader.row(EIO, eio_id, _COLUMNS)
    require_readable(caller, reader.runtime.references, row)
    moment = asked.moment
    latest = asked.versie in {None, row["versie"]} and (moment is None or row["begin_registratie"] <= moment)
    if latest:
        return Version(dict(row), row["bestand_id"])
    number = asked.versie if asked.versie is None or 0 < asked.versie <= LARGEST else 0
    found = await reader.runtime.database.fetch(_EARLIER, eio_id, number, moment)
    if not found:
        raise NotFound("Deze versie bestaat niet.")
    body = orjson.dumps(as_now(reader, eio_id, found[0], locked=bool(row["lock"])))
    return Version({"id": eio_id, "representation": body, "etag": etag_of(body)}, found[0]["bestand_id"])


def as_now(reader: Reader, eio_id: UUID, earlier: Mapping[str, Any], *, locked: bool) -> dict[str, Any]:
    """The JSON of an earlier version. It is kept as it was, but for what holds for the document as a whole (whether it is
    locked; it waits for no parts) and for URLs, which are below the present base URL.
    """
    content: dict[str, Any] = orjson.loads(earlier["representation"])
    public_url, url = reader.runtime.settings.public_url, content["informatieobjecttype"]
    own, type_id = EIO.url(public_url, eio_id), reader.runtime.references.local_id(INFORMATIEOBJECTTYPE, url)
    return content | {
        "url": own,
        "inhoud": f"{own}/download?versie={content['versie']}" if earlier["bestand_id"] else None,
        "informatieobjecttype": INFORMATIEOBJECTTYPE.url(public_url, type_id) if type_id else url,
        "locked": locked,
        "bestandsdelen": [],
    }
