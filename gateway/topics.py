"""What can be followed live, and what one client chose of it.

A topic reads a request and answers with a Choice, once rights, parameters and what they name are found to be right.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chassis.access import Caller
from chassis.problems import FieldError, Invalid, Problem
from gateway.feeds import Event, Wants
from gateway.headers import Header

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def everything(_: Event) -> bool:
    """Wants every event of the subject."""
    return True


@dataclass(frozen=True)
class Choice:
    """What one client follows: of a subject in a stream what it wants, for as long as its caller may."""

    stream: str
    subject: str
    component: str
    scope: str
    gone: Problem
    """The answer, with the way on, when the stream no longer goes back to where the client was."""
    limits: dict[str, str] = field(default_factory=dict)
    """What the caller's right must not exclude."""
    wants: Wants = everything

    def allowed(self, caller: Caller) -> bool:
        """Whether the caller may follow this."""
        return caller.may(self.component, self.scope, **self.limits)


@dataclass(frozen=True)
class Asked:
    """A request: whose it is, its query parameters in order, its headers."""

    caller: Caller
    parameters: Sequence[tuple[str, str]]
    headers: Sequence[Header]


class Topic(Protocol):
    """One kind of thing that can be followed, at a path of its own."""

    async def choose(self, asked: Asked) -> Choice:
        """What this request asks for. Raises Invalid, PermissionDenied, or Unavailable while that cannot be judged."""


@dataclass(frozen=True)
class Addressed:
    """The events for one ploeg or afdeling, named in a query parameter that is the name of a limit of its right too."""

    parameter: str
    stream: str
    subject: str
    """With a place for `{code}`."""
    component: str
    scope: str
    changes: str
    """URL of the list that tells what changed, for whoever was away too long."""

    async def choose(self, asked: Asked) -> Choice:
        """The events of this ploeg or afdeling, all of them."""
        code = code_of(asked.parameters, self.parameter)
        limits = {self.parameter: code}
        asked.caller.require(self.component, self.scope, **limits)
        link = f"{self.changes}?{self.parameter}={code}"
        return Choice(
            self.stream,
            self.subject.format(code=code),
            self.component,
            self.scope,
            gone(f"Haal eerst de wijzigingen op bij {link}.", link, "alternate"),
            limits,
        )


def addressed(gemeente: str, public_url: str) -> dict[str, Topic]:
    """The topics of taken and opvolgingen, by path."""
    base = public_url.rstrip("/")
    taken = f"mor.v1.{gemeente}.taak.{{code}}.>"
    opvolgingen = f"afdeling.v1.{gemeente}.{{code}}.opvolging.>"
    return {
        "/live/taken": Addressed("ploeg", "MOR", taken, "meldingen", "taken.lezen", f"{base}/taken/api/v1/taken"),
        "/live/opvolgingen": Addressed(
            "afdeling",
            "AFDELING",
            opvolgingen,
            "verhuizingen",
            "opvolgingen.lezen",
            f"{base}/verhuizingen/api/v1/opvolgingen",
        ),
    }


def gone(advice: str, link: str = "", relation: str = "") -> Problem:
    """410: the events after the place of the client are no longer there; what it can do, and where."""
    headers = {"Link": f'<{link}>; rel="{relation}"'} if link else {}
    return Problem(410, "gone", f"De stroom gaat niet terug tot dit volgnummer. {advice}", headers=headers)


def code_of(parameters: Sequence[tuple[str, str]], parameter: str) -> str:
    """The code among the query parameters, which becomes part of a subject. Raises Invalid for anything else."""
    errors = [
        FieldError(name, "unknown", "Deze parameter bestaat niet.") for name, _ in parameters if name != parameter
    ]
    codes = [value for name, value in parameters if name == parameter]
    if not codes:
        errors.append(FieldError(parameter, "required", "Deze parameter is verplicht."))
    elif len(codes) > 1 or not _CODE.fullmatch(codes[0]):
        errors.append(FieldError(parameter, "invalid", "Dit is geen geldige code."))
    if errors:
        raise Invalid(errors)
    return codes[0]
