"""`meent contracts`: what the services promise, written from their code to `contracts/`, and compared with it.

openapi/<api>.yaml           the document that the API serves
events/<type>.v1.schema.json the `data` of each event; events/cloudevent.schema.json the envelope of all
asyncapi.yaml                subjects, messages, and which service sends and receives what (AsyncAPI 3.0)
surface.txt                  one line per operation: the first thing to read in a review

`deviations.yaml` is written by hand; nothing here touches it.
"""

import importlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chassis.app import Service as Application
from chassis.catalog import Catalog, load_catalog
from chassis.cloudevents import EventType
from chassis.consuming import Consumer
from chassis.openapi import document
from chassis.sealing import Keyring

FOLDER = Path(__file__).parents[1] / "contracts"
ENVELOPE = "events/cloudevent.schema.json"
_GENERATED = ("openapi/*.yaml", "events/*.schema.json", "asyncapi.yaml", "surface.txt")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLACE = re.compile(r"{(\w+)}")
_PLACES = {
    "gemeente": "De gemeente: gm en de CBS-code.",
    "afdeling": "Code van de afdeling die het moet weten.",
    "ploeg": "Code van de ploeg die het moet weten.",
    "hoofd": "Code van de hoofdcategorie, of geen.",
    "sub": "Code van de categorie, of geen.",
    "wijk": "Code van de wijk, of geen.",
    "kanaal": "Het kanaal van de notificatie.",
    "resource": "De resource waar de notificatie over gaat.",
    "actie": "Wat er met de resource gebeurde.",
    "soort": "Het type van het CloudEvent.",
}
"""Every place a subject may have; one that is not here stops the generator, so that none goes without explanation."""


@dataclass(frozen=True)
class Published:
    """What one service promises."""

    name: str
    application: Application
    events: tuple[EventType, ...]
    consumers: tuple[Consumer, ...]


def main(check: bool = False) -> int:  # noqa: FBT001, FBT002 - the command line's one switch
    """Write `contracts/`; with `check` only say what differs. Exit code 1 when something differs."""
    wanted = documents()
    differing = sorted(differences(wanted))
    if check:
        for path in differing:
            print(f"contracts/{path} is not what the services promise: run make contracts", file=sys.stderr)
        return 1 if differing else 0
    for path in differing:
        file = FOLDER / path
        if path in wanted:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(wanted[path], encoding="utf-8")
        else:
            file.unlink()
        print(f"contracts/{path} {'written' if path in wanted else 'removed'}")
    return 0


def differences(wanted: dict[str, str]) -> set[str]:
    """Paths below `contracts/` that are missing, different, or no longer promised."""
    present = {str(file.relative_to(FOLDER)): file for pattern in _GENERATED for file in FOLDER.glob(pattern)}
    changed = {path for path, text in wanted.items() if path not in present or present[path].read_text("utf-8") != text}
    return changed | (present.keys() - wanted.keys())


def documents(services: Iterable[Published] | None = None) -> dict[str, str]:
    """Every generated file: path below `contracts/` → text. Importing the services takes seconds."""
    chosen = tuple(services if services is not None else promises())
    result = {ENVELOPE: _json(cloudevent_schema())}
    lines: list[str] = []
    for service in chosen:
        for name, content in openapi(service).items():
            result[f"openapi/{name}.yaml"] = _yaml(content)
            lines += operations(service.name, content)
        for event in service.events:
            result[f"events/{event.type}.v1.schema.json"] = _json(data_schema(event))
    result["asyncapi.yaml"] = _yaml(asyncapi(chosen))
    result["surface.txt"] = "".join(f"{line}\n" for line in sorted(lines))
    return dict(sorted(result.items()))


# ---- what the services are


def promises(catalog: Catalog | None = None) -> Iterator[Published]:
    """Import every service of services.toml; none of them connects to anything."""
    for service in (catalog or load_catalog()).services.values():
        module, _, attribute = service.app.partition(":")
        package = module.rpartition(".")[0]
        with _importable(service.name):
            application: Application = getattr(importlib.import_module(module), attribute)
        events = importlib.import_module(f"{package}.events").EVENTS if service.publishes else ()
        yield Published(service.name, application, tuple(events), tuple(application.runtime.consumers))


@contextmanager
def _importable(service: str) -> Iterator[None]:
    """The two settings without which a service refuses to be made; afterwards the environment is as it was."""
    needed = {"MEENT_KEYS": Keyring.generate(), f"MEENT_{service.upper()}_DATABASE": "postgresql://unused/unused"}
    missing = {name: text for name, text in needed.items() if not os.environ.get(name)}
    os.environ.update(missing)
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]


# ---- OpenAPI and the surface


def openapi(service: Published) -> dict[str, dict[str, Any]]:
    """The OpenAPI document of each API of a service, by its name."""
    return {name: document(app, api) for name, (api, app) in service.application.apis.items()}


def operations(service: str, content: dict[str, Any]) -> list[str]:
    """One line per operation: service, operationId, method, path as the gateway shows it."""
    base = content["servers"][0]["url"]
    return [
        f"{service} {operation['operationId']} {method.upper()} {base}{path}"
        for path, item in content.get("paths", {}).items()
        for method, operation in item.items()
    ]


# ---- events


def cloudevent_schema() -> dict[str, Any]:
    """The envelope: CloudEvents 1.0 in the NL GOV profile, as `chassis.cloudevents.envelope` makes it."""
    text = {"type": "string", "minLength": 1}
    properties: dict[str, Any] = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "Uniek; een herhaling heeft hetzelfde id."},
        "source": {
            "type": "string",
            "pattern": "^urn:nld:gemeente:[a-z0-9-]+:systeem:[a-z0-9-]+$",
            "description": "De gemeente en het systeem waar het gebeurde.",
        },
        "type": {
            "type": "string",
            "pattern": r"^nl\.overheid\.[a-z0-9-]+\.[a-z0-9-]+$",
            "description": "Wat gebeurde.",
        },
        "subject": {**text, "format": "uuid", "description": "Id van de resource waar het over gaat."},
        "time": {"type": "string", "format": "date-time", "description": "Wanneer het gebeurde, in UTC."},
        "datacontenttype": {"const": "application/json"},
        "dataref": {**text, "format": "uri", "description": "Waar de gegevens staan, voor wie ze mag lezen."},
        "data": {"type": "object", "description": "Ids, codes en veldnamen; het schema van het type zegt welke."},
        "sequence": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Volgorde binnen één resource; een lager nummer dan het laatste is achterhaald.",
        },
        "sequencetype": {"const": "Integer"},
    }
    return {
        "$schema": _DIALECT,
        "title": "CloudEvent",
        "description": "De envelop van elke gebeurtenis.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def data_schema(event: EventType) -> dict[str, Any]:
    """JSON Schema of an event's `data`."""
    made = event.data.model_json_schema(mode="serialization")
    about = {"title": event.type, "description": event.description}
    return {"$schema": _DIALECT, **made, **about}


def asyncapi(services: Iterable[Published]) -> dict[str, Any]:
    """The AsyncAPI document: self-contained, so that it can be handed out as one file."""
    chosen = tuple(services)
    schemas: dict[str, Any] = {"CloudEvent": _without_dialect(cloudevent_schema())}
    channels: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for service in chosen:
        for event in service.events:
            schemas |= _payload_schemas(service.name, event)
            messages[event.type] = _message(service.name, event)
            channel = channels.setdefault(_channel_name(event.subject), _channel(event.subject))
            channel["messages"][event.type] = {"$ref": f"#/components/messages/{event.type}"}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Gebeurtenissen van Meent",
            "version": "1.0.0",
            "description": "Wat er gebeurt in de registers en processen van een gemeente, over NATS JetStream.",
            "contact": {"name": "Meent", "url": "https://meent.example", "email": "meent@meent.example"},
            "license": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/nl/"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "nats": {"host": "nats.meent.example:4222", "protocol": "nats", "security": [{"type": "userPassword"}]}
        },
        "channels": dict(sorted(channels.items())),
        "operations": dict(sorted(_operations(chosen))),
        "components": {"messages": dict(sorted(messages.items())), "schemas": dict(sorted(schemas.items()))},
    }


def _payload_schemas(service: str, event: EventType) -> dict[str, Any]:
    """The schemas that an event's data needs, each under the name of its service and class."""
    made = event.data.model_json_schema(mode="serialization", ref_template=f"#/components/schemas/{service}.{{model}}")
    nested = made.pop("$defs", {})
    return {
        f"{service}.{event.data.__name__}": made,
        **{f"{service}.{name}": schema for name, schema in nested.items()},
    }


def _message(service: str, event: EventType) -> dict[str, Any]:
    own = {
        "type": "object",
        "properties": {
            "type": {"const": event.type},
            "data": {"$ref": f"#/components/schemas/{service}.{event.data.__name__}"},
        },
    }
    return {
        "name": event.type,
        "title": event.type,
        "summary": event.description,
        "contentType": "application/cloudevents+json",
        "headers": {
            "type": "object",
            "properties": {
                "Nats-Msg-Id": {"type": "string", "description": "Het id van de gebeurtenis."},
                "traceparent": {"type": "string", "description": "W3C Trace Context."},
            },
        },
        "payload": {"allOf": [{"$ref": "#/components/schemas/CloudEvent"}, own]},
    }


def _channel(subject: str) -> dict[str, Any]:
    parameters = {place: {"description": _PLACES[place]} for place in places(subject)}
    return {"address": subject, "messages": {}, "parameters": parameters}


def places(subject: str) -> list[str]:
    """The names between braces in a subject."""
    return _PLACE.findall(subject)


def _channel_name(subject: str) -> str:
    """A name that can stand in a reference: the subject without braces."""
    return _PLACE.sub(r"\1", subject)


def _operations(services: tuple[Published, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    everything = [(event.subject, event.type) for service in services for event in service.events]
    for service in services:
        for event in service.events:
            yield (
                f"{service.name}.send.{event.type}",
                _operation("send", event.description, event.subject, [event.type]),
            )
        for consumer in service.consumers:
            heard = [(subject, kind) for subject, kind in everything if _hears(consumer, subject)]
            for subject in sorted({subject for subject, _ in heard}):
                name = f"{service.name}.receive.{consumer.name}.{_channel_name(subject)}"
                summary = f"De verwerker {consumer.name} van {service.name}."
                yield name, _operation("receive", summary, subject, [kind for one, kind in heard if one == subject])


def _operation(action: str, summary: str, subject: str, types: list[str]) -> dict[str, Any]:
    channel = f"#/channels/{_channel_name(subject)}"
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{kind}"} for kind in sorted(types)],
    }


def _hears(consumer: Consumer, subject: str) -> bool:
    return any(subject_matches(pattern, subject) for pattern in consumer.subjects)


def subject_matches(pattern: str, subject: str) -> bool:
    """Whether a NATS filter can match a subject whose places may hold anything."""
    wanted, given = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        return len(given) >= len(wanted) and all(map(_token_matches, wanted[:-1], given))
    return len(given) == len(wanted) and all(map(_token_matches, wanted, given))


def _token_matches(wanted: str, given: str) -> bool:
    return wanted in ("*", given) or "{" in wanted or "{" in given


# ---- text


def _without_dialect(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "$schema"}


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


class _Dumper(yaml.SafeDumper):
    """Writes the same object twice instead of by reference: a person reads it."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's own signature
        """Never."""
        return True


def _yaml(content: dict[str, Any]) -> str:
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
