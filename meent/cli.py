"""Arguments of `meent` and which module does the work; each module is imported only when it is asked for."""

import argparse
import importlib
import os
import sys
from pathlib import Path

from chassis.catalog import load_catalog


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    root = argparse.ArgumentParser(prog="meent", description="Common ground of a municipality's software.")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _up(commands)
    _run(commands)
    _migrate(commands)
    _events(commands)
    contracts = commands.add_parser("contracts", help="write contracts/ from the services' code")
    contracts.add_argument("--check", action="store_true", help="only say what differs")
    _new_service(commands)
    commands.add_parser("demo", help="play the two stories on a fresh installation", add_help=False)
    commands.add_parser("rerender", help="render stored documents again", add_help=False)
    return root


Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


def _data(command: argparse.ArgumentParser) -> None:
    default = Path(os.environ.get("MEENT_DATA") or ".meent")
    command.add_argument("--data", type=Path, default=default, help="data folder (default: MEENT_DATA or .meent)")


def _up(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("up", help="start everything, until Ctrl-C")
    command.add_argument("--port", type=int, default=8080, help="port of the gateway (default 8080)")
    _data(command)


def _run(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("run", help="run one service")
    command.add_argument("service", choices=list(load_catalog().services))
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=int, help="default: the port of services.toml")
    command.add_argument("--grace", type=float, default=20, help="seconds that running requests get at the end")


def _migrate(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("migrate", help="bring databases, and with MEENT_NATS the streams, up to date")
    command.add_argument("service", nargs="?", choices=list(load_catalog().services), help="default: every service")
    command.add_argument("--replicas", type=int, default=1, help="copies of each stream (3 in production)")


def _events(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("events", help="streams and dead letters")
    _data(command)
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("streams", help="list the streams")
    letters = actions.add_parser("dead-letters", help="what consumers could not handle")
    steps = letters.add_subparsers(dest="step", metavar="STEP")
    listing = steps.add_parser("list", help="the oldest first (default)")
    listing.add_argument("--limit", type=int, default=100)
    listing.add_argument("--receiver", help="only those of this consumer")
    steps.add_parser("show", help="one with its headers and body").add_argument("sequence", type=int)
    replay = steps.add_parser("replay", help="offer to the consumer again")
    replay.add_argument("sequence", type=_sequence_or_all, metavar="SEQUENCE|all")
    replay.add_argument("--receiver", help="of all: only those of this consumer")
    _undelivered(actions)


def _undelivered(actions: "Commands[argparse.ArgumentParser]") -> None:
    command = actions.add_parser(
        "undelivered", help="events and deliveries nobody took, over the API (MEENT_CLIENT_ID)"
    )
    steps = command.add_subparsers(dest="step", required=True, metavar="STEP")
    listing = steps.add_parser("list", help="the latest first")
    listing.add_argument("--receiver", help="name of a consumer, or URL of an abonnement")
    listing.add_argument("--all", action="store_true", help="also those that were offered or delivered since")
    listing.add_argument("--limit", type=int, default=100)
    steps.add_parser("replay", help="offer one again").add_argument("id")
    everything = steps.add_parser("replay-all", help="offer all of one receiver again, the oldest first")
    everything.add_argument("--receiver", required=True, help="name of a consumer, or URL of an abonnement")
    everything.add_argument("--until", metavar="MOMENT", help="only what arose up to then (2026-03-02T12:00:00Z)")
    for one in (listing, everything):
        one.add_argument("--kind", choices=["event", "delivery"])


def _new_service(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("new-service", help="make a service to begin with, and say what is left to do")
    command.add_argument(
        "name", help="of the service, its API and its folder: a Dutch plural, as in parkeervergunningen"
    )
    command.add_argument("--single", default="", help="the singular: its first resource, as in parkeervergunning")
    command.add_argument("--port", type=int, help="default: the next that is free in services.toml")


def _sequence_or_all(text: str) -> int | None:
    return None if text == "all" else int(text)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit with its code."""
    given, rest = parser().parse_known_args(arguments)
    if rest and given.command not in {"demo", "rerender"}:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        if given.command in {"demo", "rerender"}:
            sys.exit(_delegate(given.command, rest))
        if given.command == "contracts":
            sys.exit(importlib.import_module("meent.contracts").main(given.check))
        sys.exit(importlib.import_module(f"meent.{given.command.replace('-', '_')}").execute(given))
    except KeyboardInterrupt:
        sys.exit(130)


def _delegate(command: str, rest: list[str]) -> int:
    """Commands that live with what they do: each has `main(arguments) -> exit code`."""
    module = importlib.import_module({"demo": "demo.story", "rerender": "meent.rerender"}[command])
    return int(module.main(rest) or 0)
