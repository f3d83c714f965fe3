"""References: what lies below our own base URLs, present and former, is ours."""

from uuid import UUID

import pytest

from chassis.references import References, bad_url
from tests.chassis.example import SEALED, THING

ONE = UUID(int=5)
OWN = References(("https://new.example", "https://old.example"))


def test_ours_present_and_former() -> None:
    for base in OWN.own_urls:
        assert OWN.local_id(THING, THING.url(base, ONE)) == ONE
        assert OWN.local_id(THING, THING.url(base, ONE) + "/") == ONE


@pytest.mark.parametrize(
    "url",
    [
        SEALED.url("https://new.example", ONE),
        THING.url("https://other.example", ONE),
        THING.url("http://new.example", ONE),
        THING.url("https://new.example.evil", ONE),
        THING.url("https://new.example@evil", ONE),
        "https://new.example/dingen/api/v1/things/x",
        "https://new.example/dingen/api/v1/things/",
        f"https://new.example/dingen/api/v1/things/{ONE}/children",
        "",
    ],
)
def test_not_one_of_these(url: str) -> None:
    assert OWN.local_id(THING, url) is None


def test_own_by_the_whole_host() -> None:
    assert bad_url("zaak").code == "bad-url"


def test_what_is_own_lies_below_a_base_url_of_ours() -> None:
    references = References(("http://a.example", "http://old.example"))
    assert references.is_own("http://a.example/dingen/api/v1/things/1")
    assert references.is_own("http://old.example/x")
    assert not references.is_own("http://a.example.evil.example/x")
