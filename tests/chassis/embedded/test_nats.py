"""The embedded NATS: nobody reads or writes what is not theirs, and a crash loses nothing acknowledged."""

import json
import socket
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NoKeysError, NotFoundError

from chassis.catalog import Catalog, inbox_prefix, load_catalog
from chassis.embedded.nats import EmbeddedNats, accounts, ensure_streams, find_server, new_password
from chassis.embedded.process import running
from tests.chassis.embedded.waiting import wait_for

PARKEREN = "afdeling.v1.gm9001.parkeren.opvolging.gevraagd"
WMO = "afdeling.v1.gm9001.wmo.opvolging.gevraagd"
NEXT = "$JS.API.CONSUMER.MSG.NEXT.AFDELING"
CREATE = "$JS.API.CONSUMER.CREATE.AFDELING"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def identities(catalog: Catalog) -> dict[str, str]:
    outsiders = ["afdeling-parkeren", "afdeling-wmo", "apparaat-wegen-1"]
    return {name: new_password() for name in [*catalog.services, "beheer", *outsiders]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Iterator[EmbeddedNats]:
    with EmbeddedNats(tmp_path_factory.mktemp("nats"), catalog=catalog, identities=identities(catalog)) as started:
        yield started


class Connected:
    """A client with the refusals it was told of."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.client = Client()

    async def on_error(self, error: Exception) -> None:
        self.refused.append(str(error).lower())

    async def is_refused(
        self, subject: str, payload: dict[str, object] | None = None, *, subscribe: bool = False
    ) -> bool:
        """Publish (or subscribe) and see whether the server said it violates permissions.

        Refusals come in order, so once that of a canary has come, the one asked about has come too, or never will.
        """
        before = len(self.refused)
        canary = f"canary.{before}"
        if subscribe:
            await self.client.subscribe(subject)
        else:
            reply = f"{self.client._inbox_prefix.decode()}.answer"
            await self.client.publish(subject, json.dumps(payload or {}).encode(), reply=reply)
        await self.client.publish(canary, b"")
        await self.client.flush()
        await wait_for(lambda: any(canary in message for message in self.refused))
        return any("permissions violation" in message and canary not in message for message in self.refused[before:])


@asynccontextmanager
async def connected(server: EmbeddedNats, identity: str) -> AsyncIterator[Connected]:
    one = Connected()
    await one.client.connect(server.url(identity), inbox_prefix=inbox_prefix(identity), error_cb=one.on_error)
    try:
        yield one
    finally:
        await one.client.close()


async def grant(server: EmbeddedNats, afdeling: str) -> None:
    """What our service does for an outsider: make its consumer."""
    async with connected(server, "klanten") as klanten:
        await klanten.client.jetstream().add_consumer(
            "AFDELING",
            ConsumerConfig(
                durable_name=f"afdeling-{afdeling}",
                filter_subject=f"afdeling.v1.gm9001.{afdeling}.>",
                ack_policy=AckPolicy.EXPLICIT,
            ),
        )


@pytest.fixture
async def streams(server: EmbeddedNats, catalog: Catalog) -> EmbeddedNats:
    await ensure_streams(server.url("beheer"), catalog)
    await grant(server, "parkeren")
    await grant(server, "wmo")
    return server


class TestAfdeling:
    """The attacks of an afdeling that holds a valid password."""

    @pytest.mark.parametrize(
        "subject", [WMO, "afdeling.v1.>", ">", "_INBOX_afdeling-wmo.>", "_INBOX.>", "$JS.>", "mor.v1.>"]
    )
    async def test_cannot_subscribe_to_what_is_not_its_own(self, streams: EmbeddedNats, subject: str) -> None:
        async with connected(streams, "afdeling-parkeren") as afdeling:
            assert await afdeling.is_refused(subject, subscribe=True)

    @pytest.mark.parametrize(
        "subject",
        [
            CREATE,
            f"{CREATE}.mine",
            f"{CREATE}.mine.{WMO}",
            f"{CREATE}.afdeling-parkeren",
            f"{CREATE}.afdeling-parkeren.{PARKEREN}",
            "$JS.API.CONSUMER.DURABLE.CREATE.AFDELING.mine",
            "$JS.API.CONSUMER.DELETE.AFDELING.afdeling-wmo",
            "$JS.API.CONSUMER.INFO.AFDELING.afdeling-wmo",
            "$JS.API.CONSUMER.NAMES.AFDELING",
            f"{NEXT}.afdeling-wmo",
            "$JS.ACK.AFDELING.afdeling-wmo.1.1.1.1.0",
            "$JS.API.STREAM.MSG.GET.AFDELING",
            "$JS.API.DIRECT.GET.AFDELING",
            f"$JS.API.DIRECT.GET.AFDELING.{WMO}",
            "$JS.API.STREAM.INFO.AFDELING",
            "$JS.API.STREAM.NAMES",
            "$JS.API.STREAM.PURGE.AFDELING",
            "$JS.API.DIRECT.GET.KV_policy.$KV.policy.x",
            "$KV.policy.x",
            "$JS.API.CONSUMER.MSG.NEXT.MOR.afdeling-parkeren",
            PARKEREN,
            WMO,
            "dlq.v1.x",
        ],
    )
    async def test_cannot_ask_for_what_is_not_its_own(self, streams: EmbeddedNats, subject: str) -> None:
        async with connected(streams, "afdeling-parkeren") as afdeling:
            assert await afdeling.is_refused(subject, {"batch": 1, "seq": 1})

    async def test_reads_and_acknowledges_its_own(self, streams: EmbeddedNats) -> None:
        async with connected(streams, "klanten") as klanten:
            await klanten.client.jetstream().publish(PARKEREN, b"one")
            await klanten.client.jetstream().publish(WMO, b"other")
        async with connected(streams, "afdeling-parkeren") as afdeling:
            subscription = await afdeling.client.jetstream().pull_subscribe_bind("afdeling-parkeren", "AFDELING")
            messages = await subscription.fetch(10, timeout=1)
            assert {message.subject for message in messages} == {PARKEREN}
            for message in messages:
                await message.ack_sync()
            assert (await subscription.consumer_info()).num_ack_pending == 0
            assert afdeling.refused == []

    @pytest.mark.parametrize(
        "request_subject", [f"{NEXT}.afdeling-parkeren", "$JS.API.CONSUMER.INFO.AFDELING.afdeling-parkeren"]
    )
    async def test_cannot_have_an_answer_stored_as_an_event(self, streams: EmbeddedNats, request_subject: str) -> None:
        """Permissions do not cover the reply subject; the separate account does."""
        async with connected(streams, "klanten") as klanten, connected(streams, "afdeling-parkeren") as afdeling:
            context = klanten.client.jetstream()
            await context.publish(PARKEREN, b"bait")
            before = (await context.stream_info("AFDELING")).state.last_seq
            await afdeling.client.publish(request_subject, b'{"batch":1}', reply=WMO)
            await afdeling.client.flush()
            subscription = await afdeling.client.jetstream().pull_subscribe_bind("afdeling-parkeren", "AFDELING")
            await subscription.consumer_info()  # a later answer has come, so the first one was sent
            assert (await context.stream_info("AFDELING")).state.last_seq == before

    @pytest.mark.parametrize("login", [{}, {"user": "klanten", "pass": "wrong"}, {"user": "nobody", "pass": "x"}])
    def test_wrong_or_no_password(self, server: EmbeddedNats, login: dict[str, str]) -> None:
        assert server.port
        with (
            socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection,
            connection.makefile("rb") as lines,
        ):
            assert lines.readline().startswith(b"INFO ")
            connection.sendall(b"CONNECT " + json.dumps({"verbose": False, **login}).encode() + b"\r\nPING\r\n")
            assert b"Authorization Violation" in lines.readline()


class TestApparaat:
    async def test_reaches_only_its_own_durable_on_mor(self, streams: EmbeddedNats) -> None:
        async with connected(streams, "apparaat-wegen-1") as device:
            assert not await device.is_refused("$JS.API.CONSUMER.INFO.MOR.apparaat-wegen-1")
            assert await device.is_refused("$JS.API.CONSUMER.INFO.MOR.apparaat-wegen-2")
            assert await device.is_refused("$JS.API.CONSUMER.INFO.AFDELING.apparaat-wegen-1")
            assert await device.is_refused("mor.v1.gm9001.taak.wegen.>", subscribe=True)


class TestService:
    @pytest.mark.parametrize(
        ("identity", "subject"),
        [
            ("zaken", "klanten.v1.gm9001.partij.gewijzigd"),
            ("klanten", "mor.v1.gm9001.taak.wegen.aangemaakt"),
            ("meldingen", WMO),
            ("gateway", WMO),
            ("zaken", "$KV.policy.client"),
            ("klanten", "$JS.API.STREAM.CREATE.X"),
            ("klanten", "$JS.API.STREAM.UPDATE.AFDELING"),
            ("klanten", "$JS.API.STREAM.DELETE.AFDELING"),
            ("klanten", "$JS.API.STREAM.PURGE.AFDELING"),
            ("klanten", "$JS.API.CONSUMER.CREATE.MOR.x"),
            ("klanten", "$JS.API.CONSUMER.CREATE.MOR"),
            ("klanten", "$JS.API.STREAM.MSG.GET.MOR"),
            ("gateway", f"{NEXT}.afdeling-wmo"),
            ("gateway", f"{CREATE}.afdeling-wmo"),
            ("gateway", "$JS.API.CONSUMER.DELETE.AFDELING.afdeling-wmo"),
            ("notificaties", f"{NEXT}.afdeling-wmo"),
            ("zaken", "$SYS.REQ.SERVER.PING"),
        ],
    )
    async def test_cannot(self, streams: EmbeddedNats, identity: str, subject: str) -> None:
        async with connected(streams, identity) as service:
            assert await service.is_refused(subject)

    @pytest.mark.parametrize("subject", ["zgw.v1.>", ">", "_INBOX_zaken.>"])
    async def test_cannot_subscribe_beside_jetstream(self, streams: EmbeddedNats, subject: str) -> None:
        async with connected(streams, "notificaties") as service:
            assert await service.is_refused(subject, subscribe=True)

    async def test_publishes_consumes_and_dead_letters(self, streams: EmbeddedNats) -> None:
        async with connected(streams, "meldingen") as service:
            context = service.client.jetstream()
            acknowledged = await context.publish(
                "mor.v1.gm9001.taak.wegen.aangemaakt", b"1", headers={"Nats-Msg-Id": "a"}
            )
            assert acknowledged.stream == "MOR"
            again = await context.publish("mor.v1.gm9001.taak.wegen.aangemaakt", b"1", headers={"Nats-Msg-Id": "a"})
            assert again.duplicate
            subscription = await context.pull_subscribe("mor.v1.>", durable="meldingen-taken", stream="MOR")
            message = (await subscription.fetch(1, timeout=2))[0]
            await message.ack_sync()
            assert (await context.publish("dlq.v1.meldingen.taken", b"x")).stream == "DLQ"
            await context.delete_consumer("MOR", "meldingen-taken")
            assert service.refused == []

    async def test_gateway_follows_from_a_sequence_without_a_name(self, streams: EmbeddedNats) -> None:
        async with connected(streams, "klanten") as klanten, connected(streams, "gateway") as gateway:
            sequence = (await klanten.client.jetstream().publish(PARKEREN, b"live")).seq
            subscription = await gateway.client.jetstream().subscribe(
                PARKEREN,
                stream="AFDELING",
                ordered_consumer=True,
                config=ConsumerConfig(opt_start_seq=sequence, deliver_policy="by_start_sequence"),  # type: ignore[arg-type]
            )
            assert (await subscription.next_msg(timeout=2)).data == b"live"
            assert gateway.refused == []

    async def test_policy_is_written_by_one_and_watched_by_all(self, streams: EmbeddedNats, catalog: Catalog) -> None:
        async with connected(streams, "autorisaties") as writer:
            await (await writer.client.jetstream().key_value("policy")).put("portaal", b"rights")
        for identity in catalog.services:
            async with connected(streams, identity) as service:
                bucket = await service.client.jetstream().key_value("policy")
                assert (await bucket.get("portaal")).value == b"rights"
                watcher = await bucket.watchall()
                assert (await watcher.updates(timeout=2)).key == "portaal"  # type: ignore[union-attr]
                await watcher.stop()
                with pytest.raises(NatsTimeoutError):
                    await _put(service.client, identity)
                assert identity == "autorisaties" or service.refused
                with pytest.raises((NoKeysError, NotFoundError)):
                    await bucket.get("missing")


async def _put(client: Client, identity: str) -> None:
    if identity == "autorisaties":
        raise NatsTimeoutError
    await client.jetstream(timeout=0.2).publish("$KV.policy.portaal", b"all rights")


class TestStreams:
    async def test_settings(self, streams: EmbeddedNats, catalog: Catalog) -> None:
        await ensure_streams(streams.url("beheer"), catalog)
        async with connected(streams, "beheer") as beheer:
            context = beheer.client.jetstream()
            found = {info.config.name: info.config for info in await context.streams_info()}
        assert found.keys() == {*catalog.streams, "KV_policy"}
        assert {config.storage for config in found.values()} == {"file"}
        assert found["ZGW"].max_age == 30 * 24 * 3600
        assert not found["DLQ"].max_age
        assert {found[name].duplicate_window for name in catalog.streams} == {900}

    async def test_an_undeliverable_message_is_reported_in_advisories(self, streams: EmbeddedNats) -> None:
        async with connected(streams, "klanten") as klanten, connected(streams, "beheer") as beheer:
            context = klanten.client.jetstream()
            config = ConsumerConfig(max_deliver=1, ack_wait=0.05)
            subscription = await context.pull_subscribe(
                "afdeling.v1.>", durable="klanten-once", stream="AFDELING", config=config
            )
            await context.publish(PARKEREN, b"never acknowledged")
            await subscription.fetch(1, timeout=2)
            for _ in range(40):
                with suppress(NatsTimeoutError):
                    await subscription.fetch(10, timeout=0.1)
                if (await beheer.client.jetstream().stream_info("ADVISORIES")).state.messages:
                    break
            else:
                pytest.fail("no advisory was stored")
            await context.delete_consumer("AFDELING", "klanten-once")


class TestServer:
    def test_a_pull_of_an_outsider_may_wait_longer_than_two_minutes(self, catalog: Catalog) -> None:
        exports = accounts(catalog, {})["MEENT"]["exports"]
        assert {export["response_threshold"] for export in exports} == {"1h"}

    def test_configuration_is_private(self, server: EmbeddedNats) -> None:
        assert stat.S_IMODE((server.data / "nats.json").stat().st_mode) == 0o600
        assert find_server().name.startswith("nats-server")

    async def test_kill_and_restart_keep_port_and_messages(self, tmp_path: Path, catalog: Catalog) -> None:
        server = EmbeddedNats(tmp_path, catalog=catalog, identities=identities(catalog))
        server.start()
        port, pid = server.port, server.pid
        await ensure_streams(server.url("beheer"), catalog)
        async with connected(server, "klanten") as klanten:
            await klanten.client.jetstream().publish(PARKEREN, b"kept")
        server.kill()
        assert pid
        assert not running(pid)
        server.start()
        assert server.port == port
        async with connected(server, "klanten") as klanten:
            assert (await klanten.client.jetstream().stream_info("AFDELING")).state.messages == 1
        server.stop()
        assert server.pid is None

    async def test_reload_adds_and_removes_users(self, streams: EmbeddedNats) -> None:
        before = dict(streams.identities)
        async with connected(streams, "apparaat-wegen-1") as leaving:
            without = {name: password for name, password in before.items() if name != "apparaat-wegen-1"}
            streams.reload({**without, "apparaat-groen-1": "new"})
            async with connected(streams, "apparaat-groen-1") as device:
                assert not await device.is_refused("$JS.API.CONSUMER.INFO.MOR.apparaat-groen-1")
            await wait_for(lambda: not leaving.client.is_connected)
        streams.reload(before)
        assert streams.identities == before

    async def test_message_over_a_megabyte_is_refused(self, streams: EmbeddedNats) -> None:
        async with connected(streams, "klanten") as klanten:
            assert klanten.client.max_payload == 1024 * 1024
