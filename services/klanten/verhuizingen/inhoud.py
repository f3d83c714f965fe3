"""What a verhuizing is about, as the rules need it: persons, addresses, proof and contact. Only ever stored sealed."""

from uuid import UUID

from pydantic import BaseModel

from chassis.sealing import Keyring


class Persoon(BaseModel):
    """Somebody: the number the BRP knows, and the partij that may leave this service."""

    bsn: str
    partij: UUID


class Verhuizer(Persoon):
    """Somebody who moves, and on what ground the declaration counts for this person (`aangever` for who made it)."""

    soort_aangifte: str


class Inwoning(BaseModel):
    """Moving in with somebody: who lives there, and what that person says of it."""

    hoofdbewoner: Persoon
    toestemming: str


class Bewijs(BaseModel):
    """A piece of proof: what it is and where it is kept."""

    soort: str
    verwijzing: str


class Contact(BaseModel):
    """How the resident can be reached."""

    email: str | None = None
    telefoon: str | None = None


class Inhoud(BaseModel):
    """The content of a verhuizing. Addresses are nummeraanduidingen; the first verhuizer is who declared it."""

    verhuizers: list[Verhuizer]
    vorig_adres: str
    nieuw_adres: str
    inwoning: Inwoning | None = None
    bewijs: list[Bewijs] = []
    contact: Contact | None = None
    reden: str = ""
    """Why it was withdrawn or refused."""

    def seal(self, keyring: Keyring, row_id: UUID) -> bytes:
        """Sealed for this verhuizing."""
        return keyring.seal(self.model_dump_json().encode(), f"verhuizing-inhoud:{row_id}")

    @classmethod
    def opened(cls, keyring: Keyring, row_id: UUID, sealed: bytes) -> "Inhoud":
        """What `seal` made of it."""
        return cls.model_validate_json(keyring.open(sealed, f"verhuizing-inhoud:{row_id}"))


def ontbreekt(inhoud: Inhoud) -> list[str]:
    """Codes of what the resident must still hand in. A refusal by the hoofdbewoner is an answer: burgerzaken decides."""
    missing = []
    if inhoud.inwoning is not None:
        if inhoud.inwoning.toestemming == "wacht":
            missing.append("toestemming-vereist")
    elif not any(item.soort in {"huurcontract", "koopakte"} for item in inhoud.bewijs):
        missing.append("bewijs-ontbreekt")
    if inhoud.contact is None or not (inhoud.contact.email or inhoud.contact.telefoon):
        missing.append("contact-ontbreekt")
    return missing
