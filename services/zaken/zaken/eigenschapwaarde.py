"""Whether a value is what its eigenschap specifies: set of values, format, length, and how many a zaak has of it.

Dates are written JJJJMMDD and moments JJJJMMDDUUMMSS, of the length that their eigenschap must have (ztc-015).
"""

import re
from datetime import datetime

from services.zaken.catalogi.eigenschap import Formaat, Specificatie

_LENGTH = re.compile(r"(\d{1,9})(?:[.,](\d{1,3}))?", re.ASCII)


def shortcoming(specified: Specificatie, waarde: str) -> str:
    """Why a value is not as specified, in words without the value; blank when it is."""
    if specified.waardenverzameling:
        known = waarde in specified.waardenverzameling
        return "" if known else "De waarde staat niet in de waardenverzameling van de eigenschap."
    length = _LENGTH.fullmatch(specified.lengte.strip())
    most, decimals = (int(length[1]), int(length[2] or 0)) if length else (None, None)
    if specified.formaat == Formaat.tekst:
        fits = most is None or len(waarde) <= most
        return "" if fits else "De waarde is langer dan de eigenschap toestaat."
    if specified.formaat == Formaat.getal:
        return "" if _is_number(waarde, most, decimals) else "De waarde is geen getal van de lengte van de eigenschap."
    if specified.formaat == Formaat.datum:
        return "" if _is_moment(waarde, "%Y%m%d", 8) else "De waarde is geen datum (JJJJMMDD)."
    fits = _is_moment(waarde, "%Y%m%d%H%M%S", 14)
    return "" if fits else "De waarde is geen datum met tijd (JJJJMMDDUUMMSS)."


def too_many(specified: Specificatie, present: int) -> str:
    """Why a zaak has too many values of an eigenschap; blank when it has not. `N` and other words are no limit."""
    most = specified.kardinaliteit.strip()
    over = most.isascii() and most.isdigit() and present > int(most)
    return "De zaak heeft meer waarden voor deze eigenschap dan de kardinaliteit toestaat." if over else ""


def _is_number(waarde: str, most: int | None, decimals: int | None) -> bool:
    found = re.fullmatch(r"[+-]?(\d+)(?:[.,](\d+))?", waarde, re.ASCII)
    if found is None:
        return False
    return most is None or (len(found[1]) <= most and len(found[2] or "") <= (decimals or 0))


def _is_moment(waarde: str, shape: str, digits: int) -> bool:
    if not re.fullmatch(rf"\d{{{digits}}}", waarde, re.ASCII):
        return False
    try:
        datetime.strptime(waarde, shape)  # noqa: DTZ007 - only whether it is one
    except ValueError:
        return False
    return True
