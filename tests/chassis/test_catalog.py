"""The catalog: what services.toml says, and the permissions that follow."""

from pathlib import Path

import pytest

from chassis.catalog import load_catalog, outsider_stream

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
        components = [set(one) for service in catalog.services.values() for one in service.components]
        channels = [set(one) for service in catalog.services.values() for one in service.channels]
        assert all({"name", "title"} <= keys <= {"name", "title", "limits"} for keys in components)
        assert all({"name", "api"} <= keys <= {"name", "api", "filters"} for keys in channels)

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

    def test_streams_of_outsiders(self) -> None:
        assert outsider_stream(load_catalog(), "afdeling-wmo") == "AFDELING"
        assert outsider_stream(load_catalog(), "apparaat-x") == "MOR"
        assert outsider_stream(load_catalog(), "klanten") is None
        assert outsider_stream(load_catalog(), "afdeling") is None
