"""The selectielijst: rows of the reference lists that types and zaken refer to by URL, fetched and judged by shape.

A row is read before the first statement of a unit of work, as everything of another provider; one of our own examples is
read without a call. Nothing is remembered between requests: a list does not say when a row of it changes.
"""

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from chassis.references import bad_url
from chassis.unit import Unit
from services.zaken.foreign import NotUsable, fetched, invalid_resource
from services.zaken.formats import Duration
from services.zaken.referentielijsten.referentielijst import BASE, own_row
from services.zaken.settings import settings_of


class _Row(BaseModel):
    """What we read of a row; others have more."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, strict=True)

    url: str


class Procestype(_Row):
    """A kind of process, in which zaken of many zaaktypen are handled."""

    nummer: int
    jaar: int
    naam: str
    procesobject: str


class Klasse(_Row):
    """A resultaat in the selectielijst: what happens to zaken that end like this."""

    proces_type: str
    waardering: Literal["blijvend_bewaren", "vernietigen", ""]
    procestermijn: str | None
    bewaartermijn: Annotated[Duration | None, Field(max_length=50)]


class Resultaattypeomschrijving(_Row):
    """What resultaten are called in the whole country."""

    omschrijving: str
    definitie: str


class Communicatiekanaal(_Row):
    """The way in which somebody and the municipality are in contact."""

    naam: str
    omschrijving: str


T = TypeVar("T", bound=_Row)


def same_row(unit: Unit, one: str, other: str) -> bool:
    """Whether two URLs mean the same row, also when one has a former base URL of ours."""
    return _within(unit, one) == _within(unit, other)


def _within(unit: Unit, url: str) -> str:
    """A URL without our own base URL."""
    base = next((base for base in unit.runtime.settings.own_urls if url.startswith(f"{base}/")), "")
    return url.removeprefix(base)


async def procestype_of(unit: Unit, url: str, name: str) -> Procestype:
    """The procestype that field `name` refers to (ztc-001). Raises NotUsable: bad-url or invalid-resource."""
    return await _row(unit, url, name, "procestypen", Procestype)


async def klasse_of(unit: Unit, url: str, name: str) -> Klasse:
    """The resultaat of the selectielijst that field `name` refers to (ztc-002). Raises NotUsable."""
    return await _row(unit, url, name, "resultaten", Klasse)


async def resultaattypeomschrijving_of(unit: Unit, url: str, name: str) -> Resultaattypeomschrijving:
    """The resultaattypeomschrijving that field `name` refers to (ztc-002). Raises NotUsable."""
    return await _row(unit, url, name, "resultaattypeomschrijvingen", Resultaattypeomschrijving)


async def communicatiekanaal_of(unit: Unit, url: str, name: str) -> Communicatiekanaal:
    """The communicatiekanaal that field `name` refers to. Raises NotUsable."""
    return await _row(unit, url, name, "communicatiekanalen", Communicatiekanaal)


async def _row(unit: Unit, url: str, name: str, collection: str, kind: type[T]) -> T:
    settings = settings_of(unit.runtime)
    chosen = settings.selectielijst.rstrip("/")
    if chosen:
        if not url.startswith(f"{chosen}/"):
            raise NotUsable(invalid_resource(name))
    elif unit.runtime.references.is_own(url):
        found = own_row(settings.own_urls, collection, url)
        if found is None:
            known = f"{BASE}/{collection}/" in url
            raise NotUsable(bad_url(name) if known else invalid_resource(name))
        return kind(**{field: getattr(found, field) for field in kind.model_fields})
    shape = [field.alias or key for key, field in kind.model_fields.items()]
    try:
        return kind.model_validate(await fetched(unit, url, name, shape))
    except ValidationError:
        raise NotUsable(invalid_resource(name)) from None
