"""What a resource module declares: its fields, its table, and how it is shown.

Fields are snake_case in Python and camelCase in JSON, computed both ways. `Row` tables carry the exact JSON they answer
with (`representation`) and its `etag`, written in the same transaction as the row.
"""

import functools
import hashlib
import os
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, RootModel, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from chassis.problems import CodedValueError, Invalid, fields_of

if TYPE_CHECKING:
    from chassis.unit import Unit


_latest = [0]
"""Moment of the last identifier, in 1/4096 ms."""


def new_id() -> uuid.UUID:
    """A time-ordered identifier (UUID version 7, RFC 9562): new rows land together in the index.

    Each is higher than the one before it in this process (the RFC's method 3), so that rows made in one go keep their order.
    """
    moment = _latest[0] = max(time.time_ns() * 4096 // 1_000_000, _latest[0] + 1)
    chance = int.from_bytes(os.urandom(8), "big") >> 2
    return uuid.UUID(int=(moment >> 12) << 80 | 7 << 76 | (moment & 0xFFF) << 64 | 2 << 62 | chance)


class Fields(SQLModel):
    """Base of `XFields`: what is the same in the table and in the JSON, declared once, with its Dutch description."""

    model_config = ConfigDict(  # type: ignore[assignment]
        alias_generator=to_camel, populate_by_name=True, use_enum_values=True, str_strip_whitespace=False
    )


class In(Fields):
    """Base of `XIn`: a request body. Unknown fields are ignored, as the ZGW clients expect (they send what they got), and
    a number where a text belongs is that text: `"identificatie": 20`, as VNG's own collections send it.
    """

    model_config = ConfigDict(coerce_numbers_to_str=True)

    __init__ = BaseModel.__init__  # SQLModel's would be called for each object that is validated


class Patch(In):
    """Base of `XPatch`: every field optional; an explicit null is refused unless named in `nullable`."""

    nullable: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _refuse_null(self) -> Self:
        for name in self.model_fields_set:
            if getattr(self, name) is None and name not in self.nullable:
                raise CodedValueError("null", "Dit veld mag niet leeg zijn.", to_camel(name))
        return self

    def changes(self) -> dict[str, Any]:
        """The fields the caller sent, by Python name."""
        return {name: getattr(self, name) for name in self.model_fields_set}


T = TypeVar("T", bound=In)


class Partial(RootModel[dict[str, Any]]):
    """Base of `XPatch` where a PUT exists: any part of `whole`, laid over what is there and then checked as a whole.

    So PATCH and PUT share one validation and one set of rules: `class ThingPatch(Partial): whole = ThingIn`.
    """

    whole: ClassVar[type[In]]

    def over(self, present: Mapping[str, Any], whole: type[T]) -> T:
        """The whole after this change. present: the JSON of the resource now. Raises Invalid."""
        try:
            changed: T = whole.__pydantic_validator__.validate_python(
                {**present, **self.root}, by_alias=True, by_name=False
            )
        except ValidationError as error:
            raise Invalid(fields_of(error.errors())) from None
        return changed

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of `whole`, in which nothing is required and an absent field has no default."""
        schema = dict(handler.resolve_ref_schema(handler(cls.whole.__pydantic_core_schema__)))
        schema.pop("required", None)
        properties = {
            name: {key: value for key, value in one.items() if key != "default"}
            for name, one in schema.get("properties", {}).items()
        }
        return {**schema, "title": cls.__name__, "description": cls.__doc__ or "", "properties": properties}


class Out(Fields):
    """Base of `XOut`: what is answered. Every field is present, hence required in the contract."""

    __init__ = BaseModel.__init__

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class Row(SQLModel):
    """Base of a resource's table: `class Zaak(ZaakFields, Row, table=True)`."""

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    representation: bytes = Field(default=b"", sa_type=LargeBinary, nullable=False)
    """Exact JSON answered, sealed when the resource says so."""
    etag: str = Field(default="", max_length=32, nullable=False)

    def __init__(self, **values: Any) -> None:
        """A new row. SQLModel sets each field as a change, which costs more than an insert; here they are just there."""
        names, defaults, factories = _blank(type(self))
        self.__dict__.update(defaults)
        self.__dict__.update({name: make() for name, make in factories if name not in values})
        self.__dict__.update({name: value for name, value in values.items() if name in names})


@functools.cache
def _blank(table: type[Row]) -> tuple[frozenset[str], dict[str, Any], list[tuple[str, Any]]]:
    """Names of the fields of a table, values of those with a default, and what makes the other defaults."""
    fields = table.model_fields
    plain = {name: one.default for name, one in fields.items() if not one.is_required() and one.default_factory is None}
    return (
        frozenset(fields),
        plain,
        [(name, one.default_factory) for name, one in fields.items() if one.default_factory],
    )


REGISTRY: dict[str, "Resource"] = {}
"""Every declared resource by the name of its table."""


@dataclass(frozen=True)
class Resource:
    """A resource as the chassis handles it.

    name: singular, as in audit rows and event data. api: the name in the URL (`/zaken/api/v1`). path: the collection
    (`/zaken`). render: makes the `XOut` of a row. sealed: its JSON can identify a person, so it is encrypted at rest.
    main: attribute of the row that holds the id of the main object its audit rows belong to (its own id by default).
    """

    name: str
    table: type[Row]
    api: str
    path: str
    render: "Callable[[Unit, Any], Awaitable[Out]]"
    sealed: bool = False
    main: str = "id"

    def __post_init__(self) -> None:
        """Known by its table to whatever goes over all resources: rerender, invariants."""
        REGISTRY[str(self.table.__tablename__)] = self

    def url(self, public_url: str, row_id: uuid.UUID | str) -> str:
        """The identifier of one of these, below `public_url`."""
        return f"{public_url}/{self.api}/api/v1{self.path}/{row_id}"

    def context(self, row_id: uuid.UUID | str) -> str:
        """What a sealed representation of this row is bound to."""
        return f"{self.name}:{row_id}"

    @property
    def tablename(self) -> str:
        """Name of the table."""
        return str(self.table.__tablename__)


def etag_of(body: bytes) -> str:
    """Entity tag (without quotes) of the bytes that are answered."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()
