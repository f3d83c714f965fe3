"""How confidential a zaak or a type is, and the order of it: rights are given up to a level."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from chassis.problems import CodedValueError


class Vertrouwelijkheidaanduiding(StrEnum):
    """The levels, least confidential first."""

    openbaar = "openbaar"
    beperkt_openbaar = "beperkt_openbaar"
    intern = "intern"
    zaakvertrouwelijk = "zaakvertrouwelijk"
    vertrouwelijk = "vertrouwelijk"
    confidentieel = "confidentieel"
    geheim = "geheim"
    zeer_geheim = "zeer_geheim"


def _blank_is_none(value: object) -> object:
    if value is None:
        raise CodedValueError("null", "Dit veld mag niet leeg zijn.")
    return None if value == "" else value


LevelOrBlank = Annotated[
    Vertrouwelijkheidaanduiding | None,
    BeforeValidator(_blank_is_none),
    WithJsonSchema({"type": "string", "enum": [*map(str, Vertrouwelijkheidaanduiding), ""]}),
]
"""A level that may be left blank, which is None here."""
_RANKS = {str(level): number for number, level in enumerate(Vertrouwelijkheidaanduiding, start=1)}
HIGHEST = len(_RANKS)
"""Rank of the most confidential level."""


def rank(level: str) -> int:
    """Place of a level in the order, 1 (openbaar) to 8 (zeer_geheim)."""
    return _RANKS[level]
