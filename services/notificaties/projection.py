"""What subscribers can be told of an event of this suite or of a publisher outside it: a notificatie, a CloudEvent, or both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from chassis.catalog import load_catalog
from chassis.cloudevents import Event
from chassis.consuming import Hopeless
from chassis.filtering import camel
from services.notificaties.events import CLOUDEVENT_ONTVANGEN, NOTIFICATIE_ONTVANGEN


@dataclass(frozen=True)
class Notification:
    """A notificatie: times as ISO 8601 text, kenmerken named in camelCase. A CloudEvent of elsewhere has no kanaal."""

    kanaal: str
    hoofd_object: str
    resource: str
    resource_url: str
    actie: str
    aanmaakdatum: str
    kenmerken: Mapping[str, str]
    source: str = ""
    cloudevent: Mapping[str, Any] | None = None
    """The event itself, where subscribers can ask for it by its type."""

    def content(self) -> dict[str, Any]:
        """What a subscriber gets."""
        return {
            "kanaal": self.kanaal,
            "hoofdObject": self.hoofd_object,
            "resource": self.resource,
            "resourceUrl": self.resource_url,
            "actie": self.actie,
            "aanmaakdatum": self.aanmaakdatum,
            "kenmerken": dict(self.kenmerken),
        }

    def body(self) -> bytes:
        """The same as JSON."""
        return orjson.dumps(self.content())


_DECLARED = {
    channel["name"]: channel.get("filters", ())
    for service in load_catalog().services.values()
    for channel in service.channels
}
KLANTEN_KANALEN = {
    "partij": "partijen",
    "klantcontact": "klantcontacten",
    "internetaak": "internetaken",
    "opvolging": "verhuizingen",
    "verhuizing": "verhuizingen",
}
"""Resource in a subject of the stream KLANTEN → its kanaal."""


def project(event: Event) -> Notification:
    """What can be told of an event. Raises Hopeless when its subject is unknown or it has no URL of anything."""
    if event.type == CLOUDEVENT_ONTVANGEN.type:
        return _of_elsewhere(event)
    domain, _, _, *rest = event.nats_subject.split(".")
    reader = _READERS.get(domain)
    found = reader(rest) if reader is not None else None
    if found is None:
        raise Hopeless(f"no kanaal for subject {event.nats_subject}")
    kanaal, resource, actie, kenmerken = found
    data = event.data
    resource_url = _text(data, "resourceUrl") or event.dataref
    if not resource_url:
        raise Hopeless("no resourceUrl and no dataref")
    received = event.type == NOTIFICATIE_ONTVANGEN.type
    return Notification(
        kanaal=_text(data, "kanaal") or kanaal,
        hoofd_object=_text(data, "hoofdObject") or resource_url,
        resource=_text(data, "resource") or resource,
        resource_url=resource_url,
        actie=_text(data, "actie") or actie,
        aanmaakdatum=_text(data, "aanmaakdatum") or event.time,
        kenmerken={**kenmerken, **_named(data, kanaal), **_kenmerken(data)},
        source=(_text(data, "source") if received else "") or event.source,
        cloudevent=None if received else event.content,
    )


def _of_elsewhere(event: Event) -> Notification:
    """A CloudEvent that a publisher offered: no notificatie, only itself."""
    given = event.data["cloudevent"]
    return Notification("", "", "", event.dataref, "", event.time, {}, given["source"], given)


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _named(data: Mapping[str, Any], kanaal: str) -> dict[str, str]:
    """The plain values in the data of an event of ours under names that its kanaal declares; nothing else of it is told."""
    found = {name: data.get(name) for name in _DECLARED.get(kanaal, ())}
    return {name: str(value) for name, value in found.items() if isinstance(value, str | int)}


def _kenmerken(data: Mapping[str, Any]) -> dict[str, str]:
    given = data.get("kenmerken")
    if not isinstance(given, dict):
        return {}
    return {camel(str(name)): str(value) for name, value in given.items() if value is not None}


_Found = tuple[str, str, str, dict[str, str]] | None
"""Kanaal, resource, actie and the kenmerken that stand in the subject."""


def _zgw(rest: list[str]) -> _Found:
    if len(rest) != 3:
        return None
    kanaal, resource, actie = rest
    return kanaal, resource, actie.replace("-", "_"), {}


def _klanten(rest: list[str]) -> _Found:
    if len(rest) != 2:
        return None
    resource, gebeurtenis = rest
    return KLANTEN_KANALEN.get(resource, resource), resource, gebeurtenis, {}


def _verhuizingen(rest: list[str]) -> _Found:
    if len(rest) != 1:
        return None
    resource, dash, gebeurtenis = rest[0].partition("-")
    return ("verhuizingen", resource, gebeurtenis, {}) if dash else ("verhuizingen", "verhuizing", resource, {})


def _mor(rest: list[str]) -> _Found:
    match rest:
        case ["melding", afdeling, hoofd, sub, wijk, gebeurtenis]:
            kenmerken = {"afdeling": afdeling, "hoofdcategorie": hoofd, "subcategorie": sub, "wijk": wijk}
            return "meldingen", "melding", gebeurtenis, kenmerken
        case ["taak", ploeg, gebeurtenis]:
            return "taken", "taak", gebeurtenis, {"ploeg": ploeg}
        case _:
            return None


_READERS: dict[str, Callable[[list[str]], _Found]] = {
    "zgw": _zgw,
    "klanten": _klanten,
    "verhuizingen": _verhuizingen,
    "mor": _mor,
}
