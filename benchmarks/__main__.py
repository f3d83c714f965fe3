"""`python -m benchmarks [name …]`: run the named benchmarks, or all, and print their tables."""

import argparse
import asyncio
import importlib
import pkgutil
from collections.abc import Awaitable, Callable

import benchmarks

ONLY_NAMED = {"million"}
"""Take too long to be run with the others."""


def registry() -> dict[str, Callable[[], Awaitable[None]]]:
    """Every module of this folder that has a `run` coroutine function, by module name."""
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.name.startswith("_")]
    found = {name: importlib.import_module(f"benchmarks.{name}") for name in names}
    runs = {name: getattr(module, "run", None) for name, module in found.items()}
    return {name: run for name, run in runs.items() if asyncio.iscoroutinefunction(run)}


async def run_all(names: list[str], available: dict[str, Callable[[], Awaitable[None]]]) -> None:
    for name in names:
        await available[name]()


def main() -> None:
    available = registry()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="name",
        help=f"{', '.join(sorted(available))} (default: all but {', '.join(ONLY_NAMED)})",
    )
    names = parser.parse_args().names or sorted(available.keys() - ONLY_NAMED)
    unknown = sorted(set(names) - set(available))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; choose from {', '.join(sorted(available))}")
    asyncio.run(run_all(names, available))


if __name__ == "__main__":
    main()
