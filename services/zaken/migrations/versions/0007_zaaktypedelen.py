"""The other parts of a zaaktype: eigenschap, resultaattype, zaakobjecttype. What a part has of its zaaktype goes."""

from alembic import op

revision = "zaken_0007"
down_revision = "zaken_0006"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE eigenschap (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    naam varchar(20) NOT NULL,
    definitie varchar(255) NOT NULL,
    toelichting varchar(1000) NOT NULL,
    specificatie jsonb NOT NULL,
    begin_object date,
    einde_object date,
    zaaktype_id uuid NOT NULL REFERENCES zaaktype (id),
    statustype_id uuid REFERENCES statustype (id)
);
CREATE TABLE resultaattype (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    omschrijving varchar(30) NOT NULL,
    resultaattypeomschrijving varchar(1000) NOT NULL,
    selectielijstklasse varchar(1000) NOT NULL,
    toelichting text NOT NULL,
    archiefnominatie text NOT NULL,
    archiefactietermijn text,
    procesobjectaard varchar(200),
    indicatie_specifiek boolean,
    procestermijn text,
    omschrijving_generiek text NOT NULL,
    klasse jsonb NOT NULL,
    derived text[] NOT NULL,
    brondatum_archiefprocedure jsonb,
    besluittypen text[] NOT NULL,
    informatieobjecttypen text[] NOT NULL,
    begin_object date,
    einde_object date,
    zaaktype_id uuid NOT NULL REFERENCES zaaktype (id)
);
CREATE TABLE zaakobjecttype (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    ander_objecttype boolean NOT NULL,
    objecttype varchar(200) NOT NULL,
    relatie_omschrijving varchar(80) NOT NULL,
    begin_object date,
    einde_object date,
    zaaktype_id uuid NOT NULL REFERENCES zaaktype (id)
);
CREATE UNIQUE INDEX eigenschap_uniek ON eigenschap (zaaktype_id, naam);
CREATE INDEX eigenschap_statustype ON eigenschap (statustype_id) WHERE statustype_id IS NOT NULL;
CREATE UNIQUE INDEX resultaattype_uniek ON resultaattype (zaaktype_id, omschrijving);
CREATE INDEX resultaattype_besluittypen ON resultaattype USING gin (besluittypen);
CREATE INDEX resultaattype_informatieobjecttypen ON resultaattype USING gin (informatieobjecttypen);
CREATE INDEX zaakobjecttype_zaaktype ON zaakobjecttype (zaaktype_id);
CREATE INDEX zaakobjecttype_objecttype ON zaakobjecttype (objecttype);
ALTER TABLE statustype DROP COLUMN begin_geldigheid, DROP COLUMN einde_geldigheid;
ALTER TABLE roltype DROP COLUMN begin_geldigheid, DROP COLUMN einde_geldigheid
"""
TABLES = ("eigenschap", "resultaattype", "zaakobjecttype")


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    for table in ("statustype", "roltype"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN begin_geldigheid date, ADD COLUMN einde_geldigheid date")
