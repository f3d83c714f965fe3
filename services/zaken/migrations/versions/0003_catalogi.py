"""Catalogi 1.3.3, whole: what 0001 lacks.

Types refer to each other by name within their catalogus (the history model), so these relations are arrays of names.
"""

from alembic import op

revision = "zaken_0003"
down_revision = "zaken_0002"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE besluittype (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    omschrijving varchar(80) NOT NULL,
    omschrijving_generiek varchar(80) NOT NULL,
    besluitcategorie varchar(40) NOT NULL,
    reactietermijn text,
    publicatie_indicatie boolean NOT NULL,
    publicatietekst text NOT NULL,
    publicatietermijn text,
    toelichting text NOT NULL,
    begin_geldigheid date NOT NULL,
    einde_geldigheid date,
    begin_object date,
    einde_object date,
    catalogus_id uuid NOT NULL REFERENCES catalogus (id),
    concept boolean NOT NULL,
    informatieobjecttypen text[] NOT NULL,
    vaste_informatieobjecttypen text[] NOT NULL
);
CREATE TABLE informatieobjecttype (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    omschrijving varchar(80) NOT NULL,
    vertrouwelijkheidaanduiding text NOT NULL,
    begin_geldigheid date NOT NULL,
    einde_geldigheid date,
    begin_object date,
    einde_object date,
    informatieobjectcategorie varchar(80) NOT NULL,
    trefwoord text[] NOT NULL,
    catalogus_id uuid NOT NULL REFERENCES catalogus (id),
    concept boolean NOT NULL,
    omschrijving_generiek jsonb
);
CREATE TABLE zaaktypeinformatieobjecttype (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    volgnummer integer NOT NULL,
    richting text NOT NULL,
    zaaktype_id uuid NOT NULL REFERENCES zaaktype (id),
    informatieobjecttype varchar(80) NOT NULL,
    vast boolean NOT NULL,
    statustype_id uuid REFERENCES statustype (id)
);
ALTER TABLE zaaktype
    ADD COLUMN besluittypen text[] NOT NULL DEFAULT '{}',
    ADD COLUMN vaste_besluittypen text[] NOT NULL DEFAULT '{}',
    ADD COLUMN deelzaaktypen text[] NOT NULL DEFAULT '{}',
    ADD COLUMN gerelateerde_zaaktypen jsonb NOT NULL DEFAULT '[]';
CREATE INDEX besluittype_catalogus ON besluittype (catalogus_id, omschrijving);
CREATE INDEX besluittype_omschrijving ON besluittype (omschrijving);
CREATE INDEX besluittype_informatieobjecttypen ON besluittype USING gin (informatieobjecttypen);
CREATE INDEX informatieobjecttype_catalogus ON informatieobjecttype (catalogus_id, omschrijving);
CREATE INDEX informatieobjecttype_omschrijving ON informatieobjecttype (omschrijving);
CREATE UNIQUE INDEX zaaktypeinformatieobjecttype_uniek ON zaaktypeinformatieobjecttype (zaaktype_id, volgnummer);
CREATE INDEX zaaktypeinformatieobjecttype_naam ON zaaktypeinformatieobjecttype (informatieobjecttype);
CREATE INDEX zaaktypeinformatieobjecttype_statustype ON zaaktypeinformatieobjecttype (statustype_id)
    WHERE statustype_id IS NOT NULL;
CREATE INDEX zaaktype_besluittypen ON zaaktype USING gin (besluittypen);
CREATE INDEX zaaktype_trefwoorden ON zaaktype USING gin (trefwoorden)
"""
TABLES = ("besluittype", "informatieobjecttype", "zaaktypeinformatieobjecttype")
COLUMNS = ("besluittypen", "vaste_besluittypen", "deelzaaktypen", "gerelateerde_zaaktypen")


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX zaaktype_trefwoorden")
    for column in COLUMNS:
        op.execute(f"ALTER TABLE zaaktype DROP COLUMN {column}")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
