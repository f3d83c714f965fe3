"""Whether a zaak may be destroyed: judged when it is put on a list, when the list is submitted and, under its lock, at the end.

A resultaat, or a class of the selectielijst, is the ground; a date that has passed is the term; and nothing may still need
the zaak: no deelzaak that stays, no running zaak that names it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg

from services.zaken.archivering import DESTROYED

TRANSFERRED = "overgedragen"
_DUE = "d.einddatum IS NOT NULL AND d.archiefnominatie = 'vernietigen' AND d.archiefstatus <> 'overgedragen'"
_FACTS = f"""
SELECT z.id, z.identificatie, z.bronorganisatie, z.zaaktype_id, z.vertrouwelijkheid, z.startdatum, z.einddatum,
    z.archiefnominatie, z.archiefstatus, z.archiefactiedatum, z.hoofdzaak_id, y.omschrijving AS zaaktype_omschrijving,
    r.resultaattype_id, t.omschrijving AS resultaattype_omschrijving, t.archiefactietermijn AS bewaartermijn,
    CASE WHEN z.selectielijstklasse <> '' THEN z.selectielijstklasse ELSE coalesce(t.selectielijstklasse, '') END AS klasse,
    array(SELECT d.id FROM zaak d WHERE d.hoofdzaak_id = z.id ORDER BY d.id) AS deelzaken,
    EXISTS (SELECT FROM zaak d WHERE d.hoofdzaak_id = z.id AND NOT coalesce({_DUE} AND d.archiefactiedatum <= $2, false))
        AS deelzaak_blijft,
    EXISTS (SELECT FROM zaak o WHERE o.relevante_andere_zaken <> '[]' AND o.einddatum IS NULL AND o.id <> z.id
        AND o.relevante_andere_zaken @> jsonb_build_array(jsonb_build_object('id', z.id))) AS nodig,
    (SELECT v.vernietigingslijst_id FROM vernietigingsregel v WHERE v.zaak_id = z.id AND v.bezet) AS lijst_id
FROM zaak z JOIN zaaktype y ON y.id = z.zaaktype_id
LEFT JOIN resultaat r ON r.zaak_id = z.id LEFT JOIN resultaattype t ON t.id = r.resultaattype_id
WHERE z.id = ANY($1::uuid[])
"""  # noqa: S608 - our own SQL


class Reden(StrEnum):
    """Why a zaak is not destroyed: what is in the way, or why somebody took it off the list."""

    geen = ""
    niet_gesloten = "niet-gesloten"
    niet_te_vernietigen = "niet-te-vernietigen"
    datum_niet_bereikt = "datum-niet-bereikt"
    overgedragen = "overgedragen"
    geen_grondslag = "geen-grondslag"
    deelzaak_blijft = "deelzaak-blijft"
    nodig = "nodig-voor-lopende-zaak"
    gewijzigd = "gewijzigd"
    verdwenen = "niet-meer-aanwezig"
    mislukt = "mislukt"
    gestopt = "gestopt"
    nog_nodig = "nog-nodig"
    bezwaar = "bezwaar-of-beroep"
    historisch = "historisch-belang"
    onjuist = "gegevens-onjuist"
    verzoek = "verzoek-betrokkene"
    anders = "anders"


WOORDEN: Mapping[Reden, str] = {
    Reden.niet_gesloten: "De zaak loopt nog.",
    Reden.niet_te_vernietigen: "De archiefnominatie van de zaak is niet vernietigen.",
    Reden.datum_niet_bereikt: "De archiefactiedatum van de zaak is nog niet bereikt, of niet bekend.",
    Reden.overgedragen: "Het dossier is overgedragen.",
    Reden.geen_grondslag: "De zaak heeft geen resultaat en geen selectielijstklasse, dus er is geen grond om te vernietigen.",
    Reden.deelzaak_blijft: "Een deelzaak blijft bestaan; die moet eerst weg of ook op de lijst.",
    Reden.nodig: "Een lopende zaak verwijst naar deze zaak.",
    Reden.gewijzigd: "De zaak is gewijzigd nadat de lijst werd ingediend.",
    Reden.verdwenen: "De zaak bestaat niet meer.",
}
"""What is in the way, for people."""


@dataclass(frozen=True)
class Feiten:
    """What is known now of a zaak that may be destroyed. klasse: URL in the selectielijst, or blank."""

    id: UUID
    identificatie: str
    bronorganisatie: str
    zaaktype_id: UUID
    vertrouwelijkheid: int
    startdatum: date
    einddatum: date | None
    archiefnominatie: str | None
    archiefstatus: str
    archiefactiedatum: date | None
    hoofdzaak_id: UUID | None = None
    zaaktype_omschrijving: str = ""
    resultaattype_id: UUID | None = None
    resultaattype_omschrijving: str | None = None
    bewaartermijn: str | None = None
    klasse: str = ""
    deelzaken: Collection[UUID] = field(default_factory=tuple)
    deelzaak_blijft: bool = False
    nodig: bool = False
    lijst_id: UUID | None = None
    """The list it is on now."""

    @property
    def specificatie(self) -> dict[str, Any]:
        """Columns of a regel: of what kind the zaak is and why it goes, and nothing that is in it."""
        return {
            "zaaktype_id": self.zaaktype_id,
            "zaaktype_omschrijving": self.zaaktype_omschrijving,
            "vertrouwelijkheid": self.vertrouwelijkheid,
            "resultaattype_id": self.resultaattype_id,
            "resultaattype_omschrijving": self.resultaattype_omschrijving or "",
            "selectielijstklasse": self.klasse,
            "bewaartermijn": self.bewaartermijn,
            "archiefactiedatum": self.archiefactiedatum,
            "begin_jaar": self.startdatum.year,
            "eind_jaar": (self.einddatum or self.startdatum).year,
        }


async def feiten_van(connection: asyncpg.Connection, ids: Collection[UUID], today: date) -> dict[UUID, Feiten]:
    """What is known of these zaken, by id; of one that does not exist nothing."""
    return {row["id"]: Feiten(**row) for row in await connection.fetch(_FACTS, list(ids), today)}


def belemmeringen(feiten: Feiten, today: date, *, deelzaak_blijft: bool) -> list[Reden]:
    """All that is in the way. deelzaak_blijft: whether one of its deelzaken would stay."""
    checks = {
        Reden.niet_gesloten: feiten.einddatum is None,
        Reden.niet_te_vernietigen: feiten.archiefnominatie != DESTROYED,
        Reden.datum_niet_bereikt: feiten.archiefactiedatum is None or feiten.archiefactiedatum > today,
        Reden.overgedragen: feiten.archiefstatus == TRANSFERRED,
        Reden.geen_grondslag: feiten.resultaattype_id is None and not feiten.klasse,
        Reden.deelzaak_blijft: deelzaak_blijft,
        Reden.nodig: feiten.nodig,
    }
    return [reden for reden, found in checks.items() if found]
