"""Two persons: who puts zaken on a vernietigingslijst is not the one who approves it.

A person is the user that the application names in its token. An application that names nobody can do nothing here that
must be accounted for. The same user by way of another application is the same person, however its id is written.
"""

import unicodedata
from collections.abc import Collection
from datetime import datetime
from typing import Any

from pydantic import Field as Documented

from chassis.access import Caller
from chassis.problems import Problem
from chassis.resource import Out


class Handeling(Out):
    """Who did something, and when."""

    gebruikers_id: str = Documented(description="Id van de gebruiker.")
    gebruikers_weergave: str = Documented(description="Naam van de gebruiker, zoals de applicatie die opgaf.")
    op: datetime = Documented(description="Wanneer.")


def person_of(caller: Caller) -> str:
    """The key of the person behind a call: equal for what only differs in case, width or spaces.

    Raises Problem: 403 `gebruiker-onbekend` when the application names nobody.
    """
    visible = "".join(one for one in caller.user_id if unicodedata.category(one) not in {"Cf", "Cc"})
    key = " ".join(unicodedata.normalize("NFKC", visible).casefold().split())
    if not key:
        reason = "De applicatie zegt niet welke medewerker dit doet (user_id in het token). Dat is hier nodig."
        raise Problem(403, "gebruiker-onbekend", reason)
    return key


def refuse_same_person(caller: Caller, makers: Collection[str]) -> None:
    """Raises Problem: 403 `vier-ogen` when the caller helped to make what is now judged."""
    if person_of(caller) in makers:
        reason = "Wie aan de lijst heeft meegewerkt, beoordeelt haar niet. Dat doet een ander."
        raise Problem(403, "vier-ogen", reason)


def done_by(caller: Caller, at: datetime) -> dict[str, Any]:
    """A Handeling of the caller, as it is stored."""
    return {"gebruikers_id": caller.user_id, "gebruikers_weergave": caller.user_representation, "op": at.isoformat()}


def shown(stored: dict[str, Any] | None) -> Handeling | None:
    """A stored Handeling as it is answered."""
    return None if stored is None else Handeling(**stored)
