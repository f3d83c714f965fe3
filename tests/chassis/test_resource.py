"""Resources: identifiers in order, names both ways, patches that tell absent from null."""

import time
from typing import ClassVar
from uuid import UUID

import pytest
from pydantic import Field, ValidationError

from chassis.problems import CodedValueError, Invalid
from chassis.resource import REGISTRY, In, Out, Partial, Patch, etag_of, new_id
from tests.chassis.example import SEALED, THING, ThingPatch


def test_identifiers_are_of_version_7_and_in_order_of_time() -> None:
    before = int(time.time() * 1000)
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {"specified in RFC 4122"}
    assert made == sorted(made)  # within a millisecond too
    stamps = [one.int >> 80 for one in made]
    assert before <= stamps[0] <= int(time.time() * 1000)


def test_a_resource_knows_its_url_and_context() -> None:
    one = UUID(int=1)
    assert THING.url("http://x", one) == f"http://x/dingen/api/v1/things/{one}"
    assert SEALED.context(one) == f"sealed_thing:{one}"
    assert THING.tablename == "thing"
    assert REGISTRY["sealed_thing"] is SEALED


class Sent(In):
    """A body with a long name."""

    long_name: str = "x"


class Changed(Patch):
    """One that may be null."""

    nullable: ClassVar[frozenset[str]] = frozenset({"end_date"})
    end_date: str | None = None
    long_name: str | None = None


class Whole(In):
    """What a PUT sends."""

    long_name: str = Field(max_length=5)
    end_date: str | None = None
    amount: int = 1


class WholePatch(Partial):
    """Any part of it."""

    whole = Whole


class Shown(Out):
    """What is answered."""

    long_name: str | None = None


def test_names_are_camel_case_outside() -> None:
    assert Sent.model_validate({"longName": "a", "unknown": 1}).long_name == "a"
    assert Shown(long_name="a").model_dump_json(by_alias=True) == '{"longName":"a"}'
    assert Shown.model_json_schema(mode="serialization")["required"] == ["longName"]


def test_a_number_is_taken_as_the_text_it_is() -> None:
    assert Whole.model_validate({"longName": 20}).long_name == "20"
    with pytest.raises(ValidationError):
        Whole.model_validate({"longName": True})


def test_a_patch_tells_absent_from_null() -> None:
    assert ThingPatch.model_validate({}).changes() == {}
    assert ThingPatch.model_validate({"amount": 2}).changes() == {"amount": 2}
    assert Changed.model_validate({"endDate": None}).changes() == {"end_date": None}
    with pytest.raises(ValidationError) as caught:
        Changed.model_validate({"longName": None})
    coded = caught.value.errors()[0]["ctx"]["error"]
    assert isinstance(coded, CodedValueError)
    assert (coded.code, coded.field) == ("null", "longName")


def test_an_etag_is_of_the_bytes() -> None:
    assert etag_of(b"a") == etag_of(b"a") != etag_of(b"b")
    assert len(etag_of(b"")) == 32


def test_a_partial_is_laid_over_what_is_there_and_checked_as_a_whole() -> None:
    present = {"url": "x", "longName": "a", "endDate": "b", "amount": 7}
    changed = WholePatch.model_validate({"endDate": None, "longName": "c"}).over(present, Whole)
    assert changed == Whole(long_name="c", end_date=None, amount=7)
    with pytest.raises(Invalid) as caught:
        WholePatch.model_validate({"longName": None, "amount": "x", "long_name": "d"}).over(present, Whole)
    assert [(one.name, one.code) for one in caught.value.fields] == [("longName", "null"), ("amount", "invalid")]


def test_the_schema_of_a_partial_requires_nothing() -> None:
    schema = WholePatch.model_json_schema()
    assert "required" not in schema
    assert schema["properties"]["longName"]["maxLength"] == 5
    assert "default" not in schema["properties"]["amount"]
    assert schema["description"] == "Any part of it."
