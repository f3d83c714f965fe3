"""A process of the example service, started by test_crash with MEENT_CRASH_AT: it makes two things and waits."""

import asyncio
import os
import sys

from chassis import consuming
from chassis.consuming import Consumer
from chassis.testing.service import running
from chassis.unit import unit_of_work
from tests.chassis.example import STREAM, SUBJECTS, example_service, make_thing, remember


async def main() -> None:
    """Live until the crash point, or until killed."""
    consuming.ACK_WAIT = 1.0  # so that what it had in hand comes back soon
    consumers = [Consumer("c", STREAM, (SUBJECTS,), remember)]
    keys, dsn, nats = (os.environ[name] for name in ("EXAMPLE_KEYS", "EXAMPLE_DSN", "EXAMPLE_NATS"))
    made = example_service(dsn, keys, nats=nats, consumers=consumers)
    async with running(made):
        for name in ("a", "b")[: int(sys.argv[1])]:
            async with unit_of_work(made.runtime) as unit:
                await make_thing(unit, name)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
