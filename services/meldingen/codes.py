"""Codes of the inrichting: they become tokens of NATS subjects, so their alphabet is narrow."""

from typing import Annotated

from pydantic import AfterValidator, Field

from chassis.cloudevents import UNKNOWN
from chassis.problems import CodedValueError


def _not_reserved(value: str) -> str:
    if value == UNKNOWN:
        raise CodedValueError(
            "code-gereserveerd", "De code ‘geen’ heeft een eigen betekenis en kan niet worden gebruikt."
        )
    return value


Code = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$"), AfterValidator(_not_reserved)]
"""Lower-case letters, digits and hyphens, at most 60; not `geen`, which stands for what is not known."""
