"""Runs a command so that it cannot outlive its parent: `python -I -S launch.py PARENT SIGNAL MODE COMMAND...`.

A program of its own instead of a `preexec_fn`: forking Python code from a process with threads can deadlock, and a
user namespace can be entered only by a process of one thread. Imports nothing of ours, so it starts in about 20 ms.
MODE: `plain`; `namespace` (root looks like uid 1000 to the command, because PostgreSQL refuses root); `unprivileged`
(becomes nobody, keeping only the right to reach its files, for containers that forbid namespaces).
"""

import ctypes
import os
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CLONE_NEWUSER = 0x10000000
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
INSIDE_ID = 1000
NOBODY = 65534


def _called(name: str, result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def enter_user_namespace(libc: ctypes.CDLL) -> None:
    """Map our own id to an ordinary one in a namespace of our own; files we own keep belonging to us on both sides."""
    uid, gid = os.geteuid(), os.getegid()
    _called("unshare", libc.unshare(CLONE_NEWUSER))
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{INSIDE_ID} {uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{INSIDE_ID} {gid} 1", encoding="ascii")


def become_nobody(libc: ctypes.CDLL) -> None:
    """Give up root.

    Of its rights only reaching files of others is kept, as project folders are often closed to nobody.
    """
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    bit = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable; then the high words
    if libc.capset(header, sets) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def main(arguments: list[str]) -> None:
    """Become the command, or exit 97 with one line when that is impossible."""
    parent, death_signal, mode, *command = arguments
    try:
        if sys.platform == "linux":
            libc = ctypes.CDLL(None, use_errno=True)
            if mode == "namespace":
                enter_user_namespace(libc)
            elif mode == "unprivileged":
                become_nobody(libc)
            # After the change of identity, which clears it; and then a look whether the parent died before it was set.
            _called("prctl", libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0))
            if os.getppid() != int(parent):
                sys.exit(97)
        os.execv(command[0], command)  # noqa: S606 - the whole purpose; no shell
    except OSError as error:
        sys.stderr.write(f"cannot start {command[0]}: {error}\n")
        sys.exit(97)


if __name__ == "__main__":
    main(sys.argv[1:])
