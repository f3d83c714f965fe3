"""What each user of the broker may do, computed; that NATS enforces it is in test_nats.py."""

import pytest

from chassis.catalog import inbox_prefix, load_catalog
from chassis.embedded.permissions import permissions


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
