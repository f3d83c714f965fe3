"""The declarative files of MEENT_APPLICATIES: applicaties and credentials that must be there, applied at every start.

An applicatie is recognised by its label, a credential by its clientId; what the file no longer names is left alone.
"""

import asyncio
import logging
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import select, text

from chassis.runtime import Runtime
from chassis.unit import Unit, first, unit_of_work
from services.autorisaties.autorisaties import applicatie, credential

log = logging.getLogger(__name__)
_LOCK = 8120331
SHORT = 32
"""A secret of fewer bytes is weak for HS256 (RFC 7518, 3.2): it works, with a warning."""


class _Strict(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class CredentialDeclared(_Strict):
    """A client and its secret, or the file that holds it."""

    client_id: str
    secret: str | None = None
    secret_file: Path | None = None

    def value(self) -> str:
        """The secret itself. Raises ValueError when neither is given."""
        if self.secret is not None:
            return self.secret
        if self.secret_file is None:
            msg = f"credential {self.client_id}: give secret or secretFile"
            raise ValueError(msg)
        return self.secret_file.read_text().strip()


class ApplicatieDeclared(_Strict):
    """An applicatie with its credentials."""

    label: str
    heeft_alle_autorisaties: bool = False
    autorisaties: list[dict[str, Any]] = Field(default_factory=list)
    client_ids: list[str] = Field(default_factory=list)
    credentials: list[CredentialDeclared] = Field(default_factory=list)


class Declaration(_Strict):
    """A whole file."""

    applicaties: list[ApplicatieDeclared] = Field(default_factory=list)
    credentials: list[CredentialDeclared] = Field(default_factory=list)


def read_declaration(path: Path) -> Declaration:
    """The content of a file. Raises pydantic's ValidationError when it is not one."""
    return Declaration.model_validate(yaml.safe_load(path.read_text()) or {})


async def apply_declaration(runtime: Runtime) -> None:
    """Make what the files say true; replicas wait for each other."""
    for path in filter(None, runtime.settings.applicaties.split(":")):
        declared = await asyncio.to_thread(read_declaration, Path(path))
        async with unit_of_work(runtime) as unit:
            await unit.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            for entry in declared.applicaties:
                await _apply_applicatie(unit, entry)
                for item in entry.credentials:
                    await _apply_credential(unit, item)
            for item in declared.credentials:
                await _apply_credential(unit, item)


async def _apply_applicatie(unit: Unit, entry: ApplicatieDeclared) -> None:
    clients = list(dict.fromkeys([*entry.client_ids, *(item.client_id for item in entry.credentials)]))
    body = applicatie.ApplicatieIn.model_validate(
        {
            "label": entry.label,
            "heeftAlleAutorisaties": entry.heeft_alle_autorisaties,
            "clientIds": clients,
            "autorisaties": entry.autorisaties,
        }
    )
    row = await first(unit, select(applicatie.Applicatie).where(applicatie.Applicatie.label == entry.label))  # type: ignore[arg-type]
    if row is None:
        fresh = applicatie.Applicatie(label=entry.label, client_ids=[], autorisaties=[])
        await applicatie.save(unit, fresh, body, new=True)
        return
    wanted = (body.heeft_alle_autorisaties, body.client_ids, applicatie.stored(body.autorisaties))
    if wanted != (row.heeft_alle_autorisaties, row.client_ids, row.autorisaties):
        await applicatie.save(unit, row, body, new=False)


async def _apply_credential(unit: Unit, item: CredentialDeclared) -> None:
    secret = item.value()
    if len(secret.encode()) < SHORT:
        log.warning("secret_short", extra={"client_id": item.client_id})
    row = await credential.credential_of(unit, item.client_id)
    if row is None:
        fresh = credential.Credential(client_id=item.client_id, secrets=b"")
        await credential.save(unit, fresh, [secret], new=True)
    elif secret not in credential.opened(unit, row):
        await credential.save(unit, row, [secret], new=False)
