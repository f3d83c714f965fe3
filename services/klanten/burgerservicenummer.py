"""The burgerservicenummer: its elfproef, and the pydantic type that applies it."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from chassis.problems import CodedValueError

_NINE_DIGITS = re.compile(r"[0-9]{9}")


def passes_elfproef(number: str) -> bool:
    """Whether nine digits, the last one weighing -1, add up to a multiple of eleven; holds for a BSN and an RSIN."""
    if not _NINE_DIGITS.fullmatch(number) or number == "000000000":
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * int(digit) for weight, digit in zip(weights, number, strict=True)) % 11 == 0


def _check(value: str) -> str:
    if not passes_elfproef(value):
        raise CodedValueError("bsn-ongeldig", "Dit is geen geldig burgerservicenummer.")
    return value


Bsn = Annotated[
    str,
    AfterValidator(_check),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{9}$", "description": "Burgerservicenummer, negen cijfers."}),
]
"""A BSN in a request body. Raises `bsn-ongeldig` without repeating the number."""
