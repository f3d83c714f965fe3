"""A short version of the demo's two stories on a real installation, for tests that break something under it."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from chassis import clock
from demo.municipality import Municipality
from demo.story import Story, staged

MOVES = (
    "alleen-en-volledig",
    "gezin-met-twee-schoolkinderen",
    "correctie-van-het-huisnummer",
    "ingetrokken-na-verwerking",
)


def short(moves: int = len(MOVES), meldingen: int = 1) -> Municipality:
    """The municipality with a few verhuizingen and so many meldingen per categorie."""
    municipality = Municipality.load(clock.today())
    present = {case["naam"] for case in municipality.verhuizingen}
    assert set(MOVES) <= present, set(MOVES) - present
    return municipality.only(MOVES[:moves], meldingen)


@contextlib.asynccontextmanager
async def installed(data: Path, municipality: Municipality | None = None, **options: Any) -> AsyncIterator[Story]:
    """A story on an installation without fsync, which the tests do not need."""
    async with staged(data, municipality or short(), durable=False, **options) as story:
        yield story


async def assert_three_zeros(story: Story) -> None:
    """Nothing lost, nothing double, nothing told without ground, and nothing otherwise than expected."""
    opvolgingen, taken, wrong = await story.verdict()
    findings = [
        *(f"lost: {line}" for line in [*opvolgingen.lost, *taken.lost]),
        *(f"double: {line}" for line in [*opvolgingen.double, *taken.double]),
        *(f"without ground: {line}" for line in [*opvolgingen.without_ground, *taken.without_ground]),
        *(f"wrong: {line}" for line in wrong),
    ]
    assert not findings, "\n".join(findings)
