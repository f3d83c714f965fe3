"""Made-up requests at every operation of the Autorisaties API."""

import asyncio

import pytest

from chassis.testing.plugin import MakeService
from tests.services.fuzzing import Fuzzer
from tests.services.served import Served

BASE = "/autorisaties/api/v1"


@pytest.mark.parametrize("examples", [4, pytest.param(100, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
async def test_nothing_unexpected(service: MakeService, examples: int) -> None:
    under_test = await service("autorisaties")
    client = under_test.client()
    for label in ("portaal", "balie"):
        body = {"label": label, "clientIds": [label], "heeftAlleAutorisaties": True}
        assert (await client.post(f"{BASE}/applicaties", json=body)).status_code == 201
        assert (await client.post(f"{BASE}/credentials", json={"clientId": label})).status_code == 201
    api = await Served(under_test, {}, {"clientId": "portaal"}).collect()
    fuzzer = Fuzzer(api, asyncio.get_running_loop(), examples)
    await asyncio.to_thread(fuzzer.run)
    assert list(fuzzer.findings.values()) == []
