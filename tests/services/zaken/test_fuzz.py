"""Made-up requests at every operation of the registers: nothing that the documents do not promise comes of them."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.services.fuzzing import Fuzzer
from tests.services.served import Served
from tests.services.zaken.elsewhere import Elsewhere
from tests.services.zaken.making import CRS, Zaken
from tests.services.zaken.world import furnish

FEW = 3
MANY = int(os.environ.get("MEENT_FUZZ_EXAMPLES", "50"))
"""Cases per operation: so many that the document allows, and so many that it excludes."""

REPORT = os.environ.get("MEENT_FUZZ_REPORT")
"""File that gets what was found, in full."""


@pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
@pytest.mark.timeout(120)
async def test_nothing_unexpected(zaken: Zaken, elsewhere: Elsewhere, examples: int) -> None:
    await furnish(zaken, elsewhere)
    registers = await Served(zaken.service, CRS).collect()
    fuzzer = Fuzzer(registers, asyncio.get_running_loop(), examples)
    await asyncio.to_thread(fuzzer.run)
    if REPORT:
        await asyncio.to_thread(Path(REPORT).write_text, "\n\n".join(fuzzer.findings.values()), "utf-8")
    assert list(fuzzer.findings.values()) == []
    assert {200, 201, 400, 404} <= fuzzer.counted.keys(), "what is made gets nowhere"
