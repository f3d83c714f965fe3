"""`meent up`: an installation in the foreground."""

import argparse
import os
import signal
import sys
from types import FrameType

from chassis.embedded.process import StartError
from meent.installation import Installation


def execute(arguments: argparse.Namespace) -> int:
    """Start everything and wait for Ctrl-C or SIGTERM. Exit code 1 when something does not start."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _interrupt)
    installation = Installation(
        arguments.data, arguments.port, restart=not os.environ.get("MEENT_NO_RESTART"), tell=_tell
    )
    try:
        installation.start()
        _tell(f"Meent is ready: {installation.url} (Ctrl-C ends it; logs in {installation.logs})")
        while True:
            signal.pause()
    except KeyboardInterrupt:
        return 0
    except StartError as error:
        print(f"meent up: {error}", file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
        installation.stop()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _tell(text: str) -> None:
    print(text, flush=True)
