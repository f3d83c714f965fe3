"""The notificaties of a kanaal, live: as an abonnement gets them and with the same filters, without an address to call.

`?kanaal=zaken&zaaktype=…&actie=create`: every other parameter is a kenmerk that the kanaal declares. Of a parameter that is
repeated one value must do. Whether kanaal and kenmerken exist is asked once, at the start, of the service that has them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urlencode

import aiohttp
import orjson

from chassis.cloudevents import token
from chassis.filtering import camel, matches
from chassis.problems import FieldError, Invalid, Problem, Unavailable
from gateway.feeds import Event
from gateway.headers import Header, new_traceparent
from gateway.proxy import Route
from gateway.topics import Asked, Choice, gone

STREAM = "NOTIFICATIES"
COMPONENT, SCOPE = "nrc", "notificaties.consumeren"
KANAAL = "kanaal"
OF_A_NOTIFICATIE = frozenset({"actie", "resource"})
"""Fields of a notificatie that are filtered on by their own name; a kenmerk of that name is not."""
ANSWER_WITHIN = 5.0
"""Seconds in which the service says what it knows of a kanaal."""
_IN_A_URL = "%/:?#[]@!$&'()*+,;=~"

Filters = Mapping[str, tuple[str, ...]]
"""Name → the values that will do."""


@dataclass(frozen=True)
class Kanaal:
    """What its service says of a kanaal: the names one can filter on, and where it is documented (may be empty)."""

    filters: frozenset[str]
    documentation: str

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Self:
        """From the JSON of a kanaal."""
        return cls(frozenset(map(camel, content["filters"])), str(content["documentatieLink"]))


@dataclass(frozen=True)
class Selection:
    """What a client wants of a kanaal; other kanalen may be on the same subject."""

    kanaal: str
    fields: Filters
    kenmerken: Filters

    def wants(self, event: Event) -> bool:
        """Whether this event is a notificatie that the client asked for."""
        data = event.content.get("data")
        if not isinstance(data, dict) or data.get(KANAAL) != self.kanaal:
            return False
        carried = data.get("kenmerken")
        return matches(self.fields, data) and matches(self.kenmerken, carried if isinstance(carried, dict) else {})


class Notificaties:
    """The topic of `/live/notificaties`. `route` is where the API of the kanalen is."""

    def __init__(self, gemeente: str, session: aiohttp.ClientSession, route: Route) -> None:
        self._gemeente, self._session, self._route = gemeente, session, route

    async def choose(self, asked: Asked) -> Choice:
        """The notificaties of this kanaal that pass these filters."""
        asked.caller.require(COMPONENT, SCOPE)
        selection = selection_of(asked.parameters)
        kanaal = await self._kanaal(selection.kanaal, asked.headers)
        if kanaal is None:
            raise Invalid.field(KANAAL, "kanaal_naam", "Er is geen kanaal met deze naam.")
        check(selection, asked.parameters, kanaal)
        subject = f"notificaties.v1.{self._gemeente}.{token(selection.kanaal)}"
        return Choice(STREAM, subject, COMPONENT, SCOPE, way_on(kanaal), wants=selection.wants)

    async def _kanaal(self, naam: str, headers: Iterable[Header]) -> Kanaal | None:
        """What the service tells this caller of a kanaal; None when there is none. Raises Unavailable."""
        url = self._route.address(f"{self._route.base}/kanaal", urlencode({"naam": naam}))
        authorization = next((value.decode("latin-1") for name, value in headers if name == b"authorization"), "")
        passed = {"accept": "application/json", "authorization": authorization, "traceparent": new_traceparent()}
        within = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        try:
            async with self._session.get(url, headers=passed, timeout=within, allow_redirects=False) as answer:
                found = orjson.loads(await answer.read()) if answer.status == 200 else []
                if answer.status not in (200, 400):  # a name that no kanaal can have is a 400
                    raise LookupError(answer.status)
                return next((Kanaal.read(one) for one in found if one["naam"] == naam), None)
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError, LookupError, TypeError):
            raise Unavailable("service_unavailable", "De kanalen zijn nu niet op te vragen.") from None


def selection_of(parameters: Sequence[tuple[str, str]]) -> Selection:
    """What the query parameters ask for. Raises Invalid unless they name one kanaal and none of them is empty."""
    given: dict[str, list[str]] = defaultdict(list)
    for name, value in parameters:
        given[camel(name)].append(value)
    values = {name: tuple(found) for name, found in given.items()}
    errors = [FieldError(name, "min_length", "Deze waarde is te kort.") for name, value in parameters if not value]
    kanalen = values.pop(KANAAL, ())
    if not kanalen:
        errors.append(FieldError(KANAAL, "required", "Deze parameter is verplicht."))
    elif len(kanalen) > 1:
        errors.append(FieldError(KANAAL, "invalid", "Volg één kanaal tegelijk."))
    if errors:
        raise Invalid(errors)
    fields = {name: values.pop(name) for name in OF_A_NOTIFICATIE if name in values}
    return Selection(kanalen[0], fields, values)


def check(selection: Selection, parameters: Iterable[tuple[str, str]], kanaal: Kanaal) -> None:
    """Raises Invalid that names every parameter, as it was given, that is no kenmerk of the kanaal."""
    unknown = selection.kenmerken.keys() - kanaal.filters
    names = dict.fromkeys(name for name, _ in parameters if camel(name) in unknown)
    if names:
        raise Invalid(FieldError(name, "unknown", "Dit kanaal kent dit kenmerk niet.") for name in names)


def way_on(kanaal: Kanaal) -> Problem:
    """410: there is no list of what happened on a kanaal, so whoever was away too long looks at the source itself."""
    advice = "Haal de actuele gegevens op bij de bron van dit kanaal."
    if not kanaal.documentation:
        return gone(advice)
    link = quote(kanaal.documentation, safe=_IN_A_URL)
    return gone(f"{advice} Zie {link}.", link, "describedby")
