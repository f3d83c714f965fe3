"""An enkelvoudiginformatieobject: one document, as a whole with its content. Enums and fields.

The row is the latest version; what was before it is in `eerdere_versie`. What a document says of people stands in its
content, which is stored encrypted; title and description are findable by words, so they are stored in clear.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic import Field as Documented
from sqlalchemy import BigInteger, DateTime, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from chassis.problems import CodedValueError
from chassis.resource import Fields, In, Out, Partial, Resource, Row
from chassis.unit import Unit
from services.zaken.catalogi.informatieobjecttype import INFORMATIEOBJECTTYPE
from services.zaken.formats import Link, Rsin, ShortUrl, ShortUrlOrBlank, Shown
from services.zaken.vertrouwelijkheid import LevelOrBlank, Vertrouwelijkheidaanduiding


class Documentstatus(StrEnum):
    """How far a document is; blank is unknown."""

    onbekend = ""
    in_bewerking = "in_bewerking"
    ter_vaststelling = "ter_vaststelling"
    definitief = "definitief"
    gearchiveerd = "gearchiveerd"


class Ondertekeningsoort(StrEnum):
    """How a document is signed; blank in an answer means that it is not."""

    analoog = "analoog"
    digitaal = "digitaal"
    pki = "pki"


class Algoritme(StrEnum):
    """How a checksum was made."""

    crc_16 = "crc_16"
    crc_32 = "crc_32"
    crc_64 = "crc_64"
    fletcher_4 = "fletcher_4"
    fletcher_8 = "fletcher_8"
    fletcher_16 = "fletcher_16"
    fletcher_32 = "fletcher_32"
    hmac = "hmac"
    md5 = "md5"
    sha_1 = "sha_1"
    sha_256 = "sha_256"
    sha_512 = "sha_512"
    sha_3 = "sha_3"


# ---- fields


class Ondertekening(In):
    """How and when a document was signed."""

    soort: Ondertekeningsoort = Documented(description="Hoe het document is ondertekend.")
    datum: date = Documented(description="Wanneer het is ondertekend.")


class Integriteit(In):
    """A checksum of the content, made by who sent it."""

    algoritme: Algoritme = Documented(description="Hoe de controlewaarde is gemaakt.")
    waarde: str = Documented(min_length=1, max_length=128, description="De controlewaarde.")
    datum: date = Documented(description="Wanneer de controlewaarde is gemaakt.")


class EnkelvoudiginformatieobjectFields(Fields):
    """What table and JSON share."""

    bronorganisatie: Rsin = Field(
        min_length=1, max_length=9, description="RSIN van de organisatie die het document maakte of ontving."
    )
    creatiedatum: date = Field(description="Dag waarop het document is gemaakt.")
    titel: str = Field(min_length=1, max_length=200, description="Naam van het document.")
    auteur: str = Field(min_length=1, max_length=200, description="Wie het document maakte.")
    status: Documentstatus = Field(
        default=Documentstatus.onbekend, sa_type=Text, description="Hoe ver het document is."
    )
    is_gereed_voor_publicatie: bool | None = Field(
        default=None, description="Of het document gepubliceerd mag worden; leeg is onbekend."
    )
    tonen_aan_initiator: bool = Field(default=False, description="Of de initiator van de zaak het document mag zien.")
    inhoud_is_vervallen: bool | None = Field(default=None, description="Of de inhoud niet meer geldt.")
    formaat: str = Field(default="", max_length=255, description="Soort bestand (mediatype).")
    taal: str = Field(min_length=3, max_length=3, description="Taal van de inhoud (ISO 639-2/B), zoals dut.")
    bestandsnaam: str = Field(default="", max_length=255, description="Naam van het bestand, met extensie.")
    link: ShortUrlOrBlank = Field(default="", max_length=200, description="Waar de inhoud ook te vinden is.")
    beschrijving: str = Field(default="", max_length=1000, description="Waar het document over gaat.")
    ontvangstdatum: date | None = Field(default=None, description="Wanneer het document is ontvangen.")
    verzenddatum: date | None = Field(default=None, description="Wanneer het document is verzonden.")
    verschijningsvorm: str = Field(default="", sa_type=Text, description="Hoe het document eruitziet.")
    trefwoorden: list[str] = Field(default_factory=list, sa_type=ARRAY(Text), description="Woorden die het kenmerken.")


G = TypeVar("G")
Given = Annotated[
    G | None, BeforeValidator(lambda value: None if isinstance(value, dict) and not any(value.values()) else value)
]
"""A group of fields; none when nothing in it is filled, as other implementations answer one that is not there."""


def _storable(value: int) -> int:
    if value > 2**63 - 1:
        raise CodedValueError("max_value", "Dit getal is te groot.")
    return value


_INT64 = {"type": "integer", "format": "int64", "minimum": 0, "maximum": 9223372036854776000}
"""As the document has it, which rounds the largest number up."""
Omvang = Annotated[int, Documented(ge=0), AfterValidator(_storable), WithJsonSchema(_INT64)] | None


class Enkelvoudiginformatieobject(EnkelvoudiginformatieobjectFields, Row, table=True):
    """Table of documents, each row the latest version. `vertrouwelijkheid` is the rank."""

    identificatie: str = Field(max_length=40)
    vertrouwelijkheidaanduiding: str = Field(sa_type=Text)
    vertrouwelijkheid: int = Field(sa_type=SmallInteger)
    informatieobjecttype_id: UUID = Field(foreign_key="informatieobjecttype.id")
    versie: int = 1
    begin_registratie: datetime = Field(sa_type=DateTime(timezone=True))
    bestand_id: UUID | None = None
    """Its content; None while it has none, and as long as bestandsdelen are missing."""
    bestandsomvang: int | None = Field(default=None, sa_type=BigInteger)
    wacht_op_delen: bool = False
    """Whether bestandsdelen have been planned that are not joined yet."""
    lock: str = ""
    """What must be known to change it; blank when it is not locked."""
    indicatie_gebruiksrecht: bool | None = None
    ondertekening: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    integriteit: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))


class EnkelvoudiginformatieobjectIn(In, EnkelvoudiginformatieobjectFields):
    """A new document."""

    identificatie: str = Documented(
        default="", max_length=40, description="Kenmerk, uniek per organisatie; leeg: wij geven er een."
    )
    vertrouwelijkheidaanduiding: LevelOrBlank = Documented(
        default=None, description="Vertrouwelijkheid; leeg: die van het informatieobjecttype."
    )
    inhoud: Annotated[str, WithJsonSchema({"type": "string", "format": "byte"})] | None = Documented(
        default=None, description="De inhoud in base64; leeg als die in bestandsdelen komt."
    )
    bestandsomvang: Omvang = Documented(default=None, description="Aantal bytes van de inhoud.")
    informatieobjecttype: ShortUrl = Documented(min_length=1, description="URL van het informatieobjecttype.")
    indicatie_gebruiksrecht: bool | None = Documented(
        default=None, description="Of het gebruik beperkt is; leeg is onbekend."
    )
    ondertekening: Given[Ondertekening] = Documented(default=None, description="Hoe het is ondertekend.")
    integriteit: Given[Integriteit] = Documented(default=None, description="Controlewaarde van de inhoud.")


class EnkelvoudiginformatieobjectWithLockIn(EnkelvoudiginformatieobjectIn):
    """A whole document, as it becomes."""

    lock: str = Documented(min_length=1, description="De waarde die bij het vergrendelen is gegeven.")


class EnkelvoudiginformatieobjectPatch(Partial):
    """Any part of a document."""

    whole = EnkelvoudiginformatieobjectWithLockIn

    def changed(self, present: dict[str, Any]) -> "Changed":
        """The whole after this change. Content that is not in it stays; its size need not be given. Raises Invalid."""
        unsaid = {"inhoud": None} | ({"bestandsomvang": None} if self.root.get("inhoud") is not None else {})
        return self.over({**present, **unsaid}, Changed)


class Changed(EnkelvoudiginformatieobjectIn):
    """A whole document as it becomes, of which the lock is still to be judged."""

    lock: str | None = None


BESTANDSDELEN = "/documenten/api/v1/bestandsdelen"


class BestandsdeelOut(Out):
    """A part of the content that is sent apart."""

    url: Shown = Documented(description="URL van dit deel.")
    volgnummer: int = Documented(description="Plaats van dit deel.")
    omvang: int = Documented(description="Aantal bytes van dit deel.")
    voltooid: bool = Documented(description="Of dit deel er helemaal is.")
    lock: str = Documented(description="De waarde waarmee het document is vergrendeld.")


class EnkelvoudiginformatieobjectOut(Out, EnkelvoudiginformatieobjectFields):
    """A document as answered."""

    url: Shown = Documented(description="URL van dit document.")
    identificatie: str = Documented(max_length=40, description="Kenmerk, uniek per organisatie.")
    vertrouwelijkheidaanduiding: Vertrouwelijkheidaanduiding = Documented(description="Vertrouwelijkheid.")
    versie: int = Documented(description="Nummer van deze versie, vanaf 1.")
    begin_registratie: datetime = Documented(description="Wanneer deze versie is gemaakt.")
    inhoud: Link | None = Documented(description="URL om de inhoud op te halen; leeg als die er (nog) niet is.")
    bestandsomvang: Omvang = Documented(description="Aantal bytes van de inhoud.")
    indicatie_gebruiksrecht: bool | None = Documented(description="Of het gebruik beperkt is; leeg is onbekend.")
    ondertekening: Ondertekening | None = Documented(description="Hoe het is ondertekend.")
    integriteit: Integriteit | None = Documented(description="Controlewaarde van de inhoud.")
    informatieobjecttype: Link = Documented(max_length=200, description="URL van het informatieobjecttype.")
    locked: bool = Documented(description="Of het document vergrendeld is.")
    bestandsdelen: list[BestandsdeelOut] = Documented(description="De delen waarin de inhoud nog komt.")


class EnkelvoudiginformatieobjectCreateLockOut(EnkelvoudiginformatieobjectOut):
    """A new document as answered."""

    lock: str = Documented(description="De waarde die bij het vergrendelen is gegeven; leeg als dat niet nodig was.")


_DELEN = "SELECT id, volgnummer, omvang, voltooid FROM bestandsdeel WHERE eio_id = $1 ORDER BY volgnummer"


async def render(unit: Unit, row: Enkelvoudiginformatieobject) -> EnkelvoudiginformatieobjectOut:
    """The JSON of a document."""
    url = unit.url(EIO, row.id)
    delen = await (await unit.connection()).fetch(_DELEN, row.id) if row.wacht_op_delen else []
    base = unit.public_url + BESTANDSDELEN
    return EnkelvoudiginformatieobjectOut(
        **{name: getattr(row, name) for name in (*EnkelvoudiginformatieobjectFields.model_fields, *_SAME)},
        url=url,
        inhoud=f"{url}/download?versie={row.versie}" if row.bestand_id else None,
        informatieobjecttype=unit.url(INFORMATIEOBJECTTYPE, row.informatieobjecttype_id),
        locked=bool(row.lock),
        bestandsdelen=[
            BestandsdeelOut(
                url=f"{base}/{deel['id']}",
                **{name: deel[name] for name in ("volgnummer", "omvang", "voltooid")},
                lock=row.lock,
            )
            for deel in delen
        ],
    )


_SAME = (
    *("identificatie", "vertrouwelijkheidaanduiding", "versie", "begin_registratie", "bestandsomvang"),
    *("indicatie_gebruiksrecht", "ondertekening", "integriteit"),
)
EIO = Resource(
    "enkelvoudiginformatieobject",
    Enkelvoudiginformatieobject,
    "documenten",
    "/enkelvoudiginformatieobjecten",
    render,
)
