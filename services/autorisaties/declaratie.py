"""The declarative files of MEENT_APPLICATIES: applicaties and credentials, applied at the start of the service.

An applicatie is recognised by its label, a credential by its clientId. An entry is applied once: when it is new, or says
something else than when it was last applied. A restart therefore undoes nothing that was done through the API since, such
as a secret that was rotated or a right that was withdrawn. What the file no longer names is left alone.
"""

import asyncio
import logging
from pathlib import Path
from typing import Any

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import select, text

from chassis.runtime import Runtime
from chassis.unit import Unit, first, unit_of_work
from services.autorisaties.autorisaties import applicatie, credential
from services.autorisaties.publicatie import one_at_a_time

log = logging.getLogger(__name__)
_REMEMBER = text(
    "INSERT INTO declaratie (soort, naam, vingerafdruk) VALUES (:soort, :naam, :vingerafdruk) "
    "ON CONFLICT (soort, naam) DO UPDATE SET vingerafdruk = excluded.vingerafdruk "
    "WHERE declaratie.vingerafdruk <> excluded.vingerafdruk RETURNING naam"
)
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
    alleen_is_gereed_voor_publicatie: bool = False
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
    """Apply what is new in the files; replicas wait for each other."""
    for path in filter(None, runtime.settings.applicaties.split(":")):
        declared = await asyncio.to_thread(read_declaration, Path(path))
        async with unit_of_work(runtime) as unit:
            await one_at_a_time(unit)
            for entry in declared.applicaties:
                await _apply_applicatie(unit, entry)
            for item in [*(one for entry in declared.applicaties for one in entry.credentials), *declared.credentials]:
                await _apply_credential(unit, item)


async def _is_new(unit: Unit, soort: str, naam: str, content: bytes) -> bool:
    """Whether this is not what was applied last under this name; then it is from now on. Only a keyed hash is kept."""
    vingerafdruk = unit.runtime.keyring.index(content.decode(), f"declaratie:{soort}:{naam}")
    values = {"soort": soort, "naam": naam, "vingerafdruk": vingerafdruk}
    return (await unit.session.execute(_REMEMBER, values)).first() is not None


async def _apply_applicatie(unit: Unit, entry: ApplicatieDeclared) -> None:
    clients = list(dict.fromkeys([*entry.client_ids, *(item.client_id for item in entry.credentials)]))
    content = {
        "label": entry.label,
        "heeftAlleAutorisaties": entry.heeft_alle_autorisaties,
        "alleenIsGereedVoorPublicatie": entry.alleen_is_gereed_voor_publicatie,
        "clientIds": clients,
        "autorisaties": entry.autorisaties,
    }
    body = applicatie.ApplicatieIn.model_validate(content)
    applicatie.check_limits(body.autorisaties, complete=False)
    if not await _is_new(unit, "applicatie", entry.label, orjson.dumps(content, option=orjson.OPT_SORT_KEYS)):
        return
    row = await first(unit, select(applicatie.Applicatie).where(applicatie.Applicatie.label == entry.label))  # type: ignore[arg-type]
    fresh = applicatie.Applicatie(label=entry.label, client_ids=[], autorisaties=[])
    await applicatie.save(unit, row or fresh, body, "update" if row else "create")


async def _apply_credential(unit: Unit, item: CredentialDeclared) -> None:
    secret = item.value()
    if len(secret.encode()) < SHORT:
        log.warning("secret_short", extra={"client_id": item.client_id})
    if not await _is_new(unit, "credential", item.client_id, secret.encode()):
        return
    row = await credential.credential_of(unit, item.client_id)
    if row is None:
        await credential.save(unit, credential.Credential(client_id=item.client_id, secrets=b""), [secret], new=True)
    elif secret not in credential.opened(unit, row):
        await credential.save(unit, row, [secret], new=False)
