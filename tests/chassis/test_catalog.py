"""The catalog: what services.toml says, and the permissions that follow."""

from pathlib import Path

import pytest

from chassis.catalog import inbox_prefix, load_catalog, outsider_stream
from chassis.embedded.permissions import permissions

SMALL = """
[services.one]
app = "a:app"
port = 1
consumes = ["S"]
publishes = ["s.v1.>"]
[streams.S]
subjects = ["s.v1.>"]
max_age_days = 1
[buckets.b]
writer = "one"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "services.toml"
    path.write_text(text)
    return path


class TestLoad:
    def test_the_file_of_this_project(self) -> None:
        catalog = load_catalog()
        assert catalog is load_catalog()
        assert catalog.services["zaken"].apis
        assert len({service.port for service in catalog.services.values()}) == len(catalog.services)
        apis = [api for service in catalog.services.values() for api in service.apis]
        assert len(apis) == len(set(apis))

    def test_environment_names_another(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MEENT_SERVICES", str(write(tmp_path, SMALL)))
        assert list(load_catalog().services) == ["one"]
        monkeypatch.setenv("MEENT_SERVICES", "")
        assert "zaken" in load_catalog().services

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ('consumes = ["S"]', 'consumes = ["T"]', "unknown streams: T"),
            ('writer = "one"', 'writer = "x"', "unknown writer"),
        ],
    )
    def test_names_that_do_not_exist_are_refused(self, tmp_path: Path, old: str, new: str, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            load_catalog(write(tmp_path, SMALL.replace(old, new)))


class TestPermissions:
    @pytest.mark.parametrize(
        "identity", ["", "onbekend", "afdeling", "afdeling-", "afdeling-a.b", "afdeling-*", "apparaat->", "A"]
    )
    def test_no_such_identity(self, identity: str) -> None:
        with pytest.raises(ValueError, match="identity"):
            permissions(load_catalog(), identity)

    def test_an_outsider_has_exactly_its_own_durable(self) -> None:
        granted = permissions(load_catalog(), "apparaat-wegen-1")
        assert granted.publish == [
            "$JS.API.CONSUMER.MSG.NEXT.MOR.apparaat-wegen-1",
            "$JS.API.CONSUMER.INFO.MOR.apparaat-wegen-1",
            "$JS.ACK.MOR.apparaat-wegen-1.>",
        ]
        assert granted.subscribe == ["_INBOX_apparaat-wegen-1.>"]

    def test_only_the_administrator_manages_streams(self) -> None:
        catalog = load_catalog()
        for name in catalog.services:
            assert not [
                s for s in permissions(catalog, name).publish if s in {"$JS.API.>", ">"} or "STREAM.CREATE" in s
            ]
            assert permissions(catalog, name).subscribe == [f"{inbox_prefix(name)}.>"]
        assert "$JS.API.>" in permissions(catalog, "beheer").publish

    def test_only_a_consumer_of_dead_letters_takes_them_out(self) -> None:
        catalog = load_catalog()
        delete = "$JS.API.STREAM.MSG.DELETE"
        rights = {
            name: [s for s in permissions(catalog, name).publish if s.startswith(delete)] for name in catalog.services
        }
        consumers = {name for name, service in catalog.services.items() if "DLQ" in service.consumes}
        assert {name: subjects for name, subjects in rights.items() if subjects} == {
            name: [f"{delete}.DLQ"] for name in consumers
        }

    def test_streams_of_outsiders(self) -> None:
        assert outsider_stream(load_catalog(), "afdeling-wmo") == "AFDELING"
        assert outsider_stream(load_catalog(), "apparaat-x") == "MOR"
        assert outsider_stream(load_catalog(), "klanten") is None
        assert outsider_stream(load_catalog(), "afdeling") is None
