"""Zaken 1.7, whole: what 0001 lacks."""

from alembic import op

revision = "zaken_0004"
down_revision = "zaken_0003"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE klantcontact (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    identificatie varchar(14) NOT NULL,
    datumtijd timestamptz NOT NULL,
    kanaal varchar(20) NOT NULL,
    zaak_id uuid NOT NULL REFERENCES zaak (id),
    gegevens bytea NOT NULL
) WITH (toast_tuple_target = 8160);
CREATE SEQUENCE klantcontact_volgnummer OWNED BY klantcontact.id;
CREATE UNIQUE INDEX klantcontact_uniek ON klantcontact (identificatie);
CREATE INDEX klantcontact_zaak ON klantcontact (zaak_id);
CREATE TABLE zaakcontactmoment (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    contactmoment text NOT NULL,
    zaak_id uuid NOT NULL REFERENCES zaak (id)
) WITH (toast_tuple_target = 8160);
CREATE UNIQUE INDEX zaakcontactmoment_uniek ON zaakcontactmoment (zaak_id, contactmoment);
CREATE INDEX zaakcontactmoment_contactmoment ON zaakcontactmoment (contactmoment);
CREATE TABLE zaaknotitie (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    notitie_type text NOT NULL,
    status text NOT NULL,
    zaak_id uuid NOT NULL REFERENCES zaak (id),
    aanmaakdatum timestamptz NOT NULL,
    wijzigingsdatum timestamptz NOT NULL,
    gegevens bytea NOT NULL
) WITH (toast_tuple_target = 8160);
CREATE INDEX zaaknotitie_zaak ON zaaknotitie (zaak_id);
CREATE INDEX zaaknotitie_aanmaakdatum ON zaaknotitie (aanmaakdatum);
CREATE INDEX zaaknotitie_wijzigingsdatum ON zaaknotitie (wijzigingsdatum);
CREATE TABLE zaakverzoek (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    verzoek text NOT NULL,
    zaak_id uuid NOT NULL REFERENCES zaak (id)
) WITH (toast_tuple_target = 8160);
CREATE UNIQUE INDEX zaakverzoek_uniek ON zaakverzoek (zaak_id, verzoek);
CREATE INDEX zaakverzoek_verzoek ON zaakverzoek (verzoek);
"""
TABLES = ("klantcontact", "zaakcontactmoment", "zaaknotitie", "zaakverzoek")


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
