"""Who may read the types: also who may read zaken or documenten (ztc-014)."""

from chassis.access import Caller
from chassis.problems import PermissionDenied


def may_read(caller: Caller) -> bool:
    """Whether the caller may read the catalogus."""
    return (
        caller.may("ztc", "catalogi.lezen")
        or bool(caller.grants("zrc", "zaken.lezen"))
        or bool(caller.grants("drc", "documenten.lezen"))
    )


def require_readable(caller: Caller) -> None:
    """Raises PermissionDenied unless the caller may read the catalogus."""
    if not may_read(caller):
        raise PermissionDenied("Hiervoor is de scope catalogi.lezen nodig.")
