"""Whether a value is what its eigenschap specifies: set of values, format, length, and how many a zaak has of it.

Dates are written JJJJMMDD, moments JJJJMMDDUUMMSS; ISO 8601 is taken too, as applications write it.
"""

import re
from datetime import date, datetime

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
        return "" if _is_date(waarde) else "De waarde is geen datum (JJJJMMDD)."
    return "" if _is_moment(waarde) else "De waarde is geen datum met tijd (JJJJMMDDUUMMSS)."


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


def _is_date(waarde: str) -> bool:
    if not re.fullmatch(r"\d{8}|\d{4}-\d{2}-\d{2}", waarde, re.ASCII):
        return False
    try:
        date.fromisoformat(waarde)
    except ValueError:
        return False
    return True


def _is_moment(waarde: str) -> bool:
    try:
        if re.fullmatch(r"\d{14}", waarde, re.ASCII):
            datetime.strptime(waarde, "%Y%m%d%H%M%S")  # noqa: DTZ007 - only whether it is one
        else:
            datetime.fromisoformat(waarde)
    except ValueError:
        return False
    return "T" in waarde or len(waarde) == 14
