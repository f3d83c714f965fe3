"""Who may read the types: also who may read zaken or documenten (ztc-014)."""

from chassis.access import Caller
from chassis.problems import PermissionDenied


def require_readable(caller: Caller) -> None:
    """Raises PermissionDenied unless the caller may read the catalogus."""
    readable = (
        caller.may("ztc", "catalogi.lezen")
        or caller.grants("zrc", "zaken.lezen")
        or caller.grants("drc", "documenten.lezen")
    )
    if not readable:
        raise PermissionDenied("Hiervoor is de scope catalogi.lezen nodig.")
