"""Besluiten 1.1, and the zaakbesluiten that mirror them in the Zaken API."""

from alembic import op

revision = "zaken_0005"
down_revision = "zaken_0004"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE besluit (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    identificatie varchar(50) NOT NULL,
    verantwoordelijke_organisatie varchar(9) NOT NULL,
    datum date NOT NULL,
    toelichting text NOT NULL,
    bestuursorgaan varchar(50) NOT NULL,
    ingangsdatum date NOT NULL,
    vervaldatum date,
    vervalreden text NOT NULL,
    publicatiedatum date,
    verzenddatum date,
    uiterlijke_reactiedatum date,
    besluittype_id uuid NOT NULL REFERENCES besluittype (id),
    zaak_id uuid REFERENCES zaak (id)
) WITH (toast_tuple_target = 8160);
CREATE TABLE besluitinformatieobject (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    informatieobject text NOT NULL,
    informatieobject_id uuid,
    registratiedatum timestamptz NOT NULL,
    besluit_id uuid NOT NULL REFERENCES besluit (id)
);
CREATE TABLE zaakbesluit (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    zaak_id uuid NOT NULL REFERENCES zaak (id),
    besluit_id uuid REFERENCES besluit (id),
    besluit text NOT NULL
);
CREATE SEQUENCE besluit_volgnummer;
CREATE UNIQUE INDEX besluit_identificatie_uniek ON besluit (identificatie, verantwoordelijke_organisatie);
CREATE INDEX besluit_organisatie ON besluit (verantwoordelijke_organisatie, id);
CREATE INDEX besluit_zichtbaar ON besluit (besluittype_id, id);
CREATE INDEX besluit_zaak ON besluit (zaak_id, id) WHERE zaak_id IS NOT NULL;
CREATE UNIQUE INDEX besluitinformatieobject_uniek ON besluitinformatieobject (besluit_id, informatieobject);
CREATE INDEX besluitinformatieobject_informatieobject ON besluitinformatieobject (informatieobject);
CREATE INDEX zaakbesluit_zaak ON zaakbesluit (zaak_id, id);
CREATE UNIQUE INDEX zaakbesluit_besluit ON zaakbesluit (besluit_id) WHERE besluit_id IS NOT NULL;
CREATE UNIQUE INDEX zaakbesluit_uniek ON zaakbesluit (zaak_id, besluit) WHERE besluit_id IS NULL
"""
TABLES = ("besluit", "besluitinformatieobject", "zaakbesluit")


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP SEQUENCE besluit_volgnummer")
