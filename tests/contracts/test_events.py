"""Events: the schemas are sound, hold no place for personal data, and the AsyncAPI document hangs together."""

import json
import uuid
from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator

from chassis.cloudevents import EventData, EventType, envelope, with_sequence
from meent import contracts
from tests.contracts.documents import read
from tests.contracts.published_events import FOLDER, complaints

SCHEMAS = sorted(FOLDER.glob("nl.overheid.*.schema.json"))
PERSONAL = {
    "aanduiding", "achternaam", "adres", "bsn", "burgerservicenummer", "contact", "email", "emailadres", "foto",
    "geboortedatum", "geslachtsnaam", "huisnummer", "inhoud", "locatie", "melder", "naam", "namen", "omschrijving",
    "postcode", "straat", "telefoon", "telefoonnummer", "tekst", "toelichting", "voornamen",
}  # fmt: skip


def properties(schema, found=None):
    found = set() if found is None else found
    for name, inner in schema.get("properties", {}).items():
        found.add(name)
        properties(inner, found)
    for inner in schema.get("$defs", {}).values():
        properties(inner, found)
    return found


@pytest.mark.parametrize("file", SCHEMAS, ids=lambda file: file.name.removesuffix(".v1.schema.json"))
def test_a_schema_is_sound_and_has_no_place_for_personal_data(file):
    schema = json.loads(file.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    assert properties(schema) & PERSONAL == set()
    assert schema["additionalProperties"] is False


def test_there_is_a_schema_for_every_event():
    services = list(contracts.promises())
    types = [event.type for service in services for event in service.events]
    assert len(set(types)) == len(types)
    assert {f"{kind}.v1.schema.json" for kind in types} == {file.name for file in SCHEMAS}


def test_every_event_goes_out_on_a_subject_its_service_may_publish():
    catalog = contracts.load_catalog()
    for service in contracts.promises():
        for event in service.events:
            allowed = catalog.services[service.name].publishes
            assert any(contracts.subject_matches(rule, event.subject) for rule in allowed), event.subject
            streams = [one for one in catalog.streams.values() for rule in one.subjects
                       if contracts.subject_matches(rule, event.subject)]  # fmt: skip
            assert len(streams) == 1, f"{event.subject} is kept by {len(streams)} streams"


def test_every_event_in_the_form_of_the_standard_is_on_a_kanaal_of_its_service():
    """`zgw.v1.<gemeente>.<kanaal>.…`: without a kanaal nobody can subscribe to it, but to what others than we publish."""
    catalog = contracts.load_catalog()
    for service in contracts.promises():
        known = {one["name"] for one in catalog.services[service.name].channels} | {"{kanaal}", "cloudevents"}
        told = {event.subject.split(".")[3] for event in service.events if event.subject.startswith("zgw.")}
        assert told <= known, service.name


def test_a_kanaal_has_one_service_and_an_api_of_that_service_explains_it():
    services = contracts.load_catalog().services.values()
    kanalen = [one["name"] for service in services for one in service.channels]
    assert sorted(set(kanalen)) == sorted(kanalen)
    assert [one for service in services for one in service.channels if one["api"] not in service.apis] == []


class Voorbeeld(EventData):
    kenmerk: str


def made(**changes):
    kind = EventType("nl.overheid.voorbeeld.iets-gebeurd", "voorbeeld.v1.{gemeente}.iets", Voorbeeld, "Er is iets.")
    body = envelope(
        kind,
        event_id=uuid.uuid4(),
        source="urn:nld:gemeente:gm9001:systeem:voorbeeld",
        subject=str(uuid.uuid4()),
        dataref="http://meent.test/voorbeeld/api/v1/dingen/1",
        at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        data=Voorbeeld(kenmerk="VB-1"),
    )
    return {**json.loads(with_sequence(body, 3)), **changes}


def test_the_envelope_that_is_made_is_the_envelope_that_is_promised():
    assert complaints(made()) == ["type: nl.overheid.voorbeeld.iets-gebeurd is no event of contracts/events"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sequence": 3}, "sequence"),
        ({"sequence": "0"}, "sequence"),
        ({"source": "/zaken"}, "source"),
        ({"subject": "999900018"}, "subject"),
        ({"bsn": "999900018"}, "(whole)"),
        ({"specversion": "0.3"}, "specversion"),
    ],
)
def test_a_wrong_envelope_is_noticed(changes, field):
    assert complaints(made(**changes))[0].startswith(f"{field}:")


@pytest.fixture(scope="module")
def document():
    return read(contracts.FOLDER / "asyncapi.yaml")


class TestAsyncApi:
    def test_every_reference_leads_somewhere(self, document):
        for reference in references(document):
            node = document
            for step in reference.removeprefix("#/").split("/"):
                assert step in node, reference
                node = node[step]

    def test_every_place_of_a_subject_is_explained(self, document):
        for channel in document["channels"].values():
            assert set(contracts.places(channel["address"])) == channel["parameters"].keys()

    def test_every_message_of_an_operation_is_in_its_channel(self, document):
        for operation in document["operations"].values():
            for message in operation["messages"]:
                assert message["$ref"].startswith(f"{operation['channel']['$ref']}/messages/")

    def test_every_channel_has_one_sender(self, document):
        sent = [name.split(".")[0] + " " + operation["channel"]["$ref"]
                for name, operation in document["operations"].items() if operation["action"] == "send"]  # fmt: skip
        channels = [line.split(" ")[1] for line in set(sent)]
        assert sorted(channels) == sorted(f"#/channels/{name}" for name in document["channels"])


def references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
