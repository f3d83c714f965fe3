"""Resources of another provider that a body refers to: fetched, guarded, and judged by their shape.

Fetch before the first statement of a unit of work: a provider that is slow must not hold a lock or a connection.
"""

from collections.abc import Collection
from typing import Any

import httpx
import orjson

from chassis.fetching import FetchRefused
from chassis.problems import FieldError, Invalid
from chassis.references import bad_url
from chassis.unit import Unit

TYPE_SHAPE = frozenset({"url", "catalogus", "concept"})
"""What a zaaktype, besluittype or informatieobjecttype of the Catalogi API has."""


class NotUsable(Exception):
    """A URL that cannot be used; `error` is what the caller is told."""

    def __init__(self, error: FieldError) -> None:
        super().__init__(f"{error.name}: {error.code}")
        self.error = error


async def fetched(unit: Unit, url: str, name: str, shape: Collection[str]) -> dict[str, Any]:
    """The JSON object at a URL that `name` refers to. shape: properties it must have.

    Raises NotUsable: `bad-url` when it cannot be reached or answers anything but 200, `invalid-resource` when what it
    answers is something else.
    """
    try:
        content = orjson.loads(await _answered(unit, url, name))
    except orjson.JSONDecodeError:
        raise NotUsable(invalid_resource(name)) from None
    if not isinstance(content, dict) or not content.keys() >= set(shape):
        raise NotUsable(invalid_resource(name))
    return content


async def _answered(unit: Unit, url: str, name: str) -> bytes:
    try:
        answer = await unit.runtime.outbound.call("GET", url, headers={"Accept": "application/json"})
    except (FetchRefused, httpx.HTTPError):
        raise NotUsable(bad_url(name)) from None
    if answer.status_code != 200:
        raise NotUsable(bad_url(name))
    return answer.content


async def listed_there(unit: Unit, url: str, name: str) -> list[Any]:
    """What a list at a URL holds, or its first page. Raises NotUsable."""
    try:
        content = orjson.loads(await _answered(unit, url, name))
    except orjson.JSONDecodeError:
        raise NotUsable(invalid_resource(name)) from None
    found = content.get("results") if isinstance(content, dict) else content
    if not isinstance(found, list):
        raise NotUsable(invalid_resource(name))
    return found


async def reached(unit: Unit, url: str, name: str) -> None:
    """There is something at a URL, whatever it is. Raises Invalid."""
    try:
        await _answered(unit, url, name)
    except NotUsable as unusable:
        raise Invalid([unusable.error]) from None


async def existing(unit: Unit, url: str, name: str, shape: Collection[str]) -> dict[str, Any]:
    """As `fetched`, for what this installation itself does not have. Raises Invalid."""
    if unit.runtime.references.is_own(url):
        raise Invalid([bad_url(name)])
    try:
        return await fetched(unit, url, name, shape)
    except NotUsable as unusable:
        raise Invalid([unusable.error]) from None


def invalid_resource(name: str) -> FieldError:
    """The error of a reference to something of another kind (`invalid-resource`)."""
    return FieldError(name, "invalid-resource", "Deze URL verwijst naar iets van een andere soort.")
