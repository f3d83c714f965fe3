"""A field whose shape depends on the kind that is named beside it: betrokkeneIdentificatie, objectIdentificatie.

It is stored as JSON and checked against the shape of its kind; the OpenAPI document shows all the shapes it can have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from chassis.problems import fields_of
from chassis.resource import In
from services.zaken.validation import Findings


@dataclass(frozen=True, eq=False)
class AnyShape:
    """In `Annotated[dict[str, Any], AnyShape(…)]`: what the object can look like, for the document only."""

    shapes: Mapping[str, type[In]]
    """By kind."""

    def __get_pydantic_json_schema__(self, __: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The alternatives, each by reference."""
        return {"anyOf": [handler(shape.__pydantic_core_schema__) for _, shape in sorted(self.shapes.items())]}


def shaped(findings: Findings, name: str, shape: type[In], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given as its shape has it: Python names, what is absent filled in. Adds what is wrong with it."""
    try:
        made: In = shape.__pydantic_validator__.validate_python(given, by_alias=True, by_name=False)
    except ValidationError as error:
        for one in fields_of(error.errors()):
            findings.add(f"{name}.{one.name}", one.code, one.reason)
        return dict(given)
    return made.model_dump(mode="json")


def as_answered(shape: type[In], stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """What `shaped` gave, as JSON."""
    return shape.model_validate(stored or {}).model_dump(mode="json", by_alias=True)
