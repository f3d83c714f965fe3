"""The parts of a zaak that refer to parts of its zaaktype, or to documents."""

from alembic import op

revision = "zaken_0009"
down_revision = "zaken_0008"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE resultaat (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    toelichting varchar(1000) NOT NULL,
    zaak_id uuid NOT NULL REFERENCES zaak (id),
    resultaattype_id uuid NOT NULL REFERENCES resultaattype (id)
) WITH (toast_tuple_target = 8160);
CREATE UNIQUE INDEX resultaat_uniek ON resultaat (zaak_id);
CREATE INDEX resultaat_resultaattype ON resultaat (resultaattype_id, id);
CREATE TABLE zaakeigenschap (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    zaak_id uuid NOT NULL REFERENCES zaak (id),
    eigenschap_id uuid NOT NULL REFERENCES eigenschap (id),
    naam varchar(20) NOT NULL,
    gegevens bytea NOT NULL
) WITH (toast_tuple_target = 8160);
CREATE INDEX zaakeigenschap_zaak ON zaakeigenschap (zaak_id);
CREATE INDEX zaakeigenschap_eigenschap ON zaakeigenschap (eigenschap_id);
CREATE TABLE zaakinformatieobject (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    informatieobject text NOT NULL,
    informatieobject_id uuid,
    vernietigingsdatum timestamptz,
    registratiedatum timestamptz NOT NULL,
    zaak_id uuid NOT NULL REFERENCES zaak (id),
    status_id uuid REFERENCES status (id),
    gegevens bytea NOT NULL
) WITH (toast_tuple_target = 8160);
CREATE UNIQUE INDEX zaakinformatieobject_uniek ON zaakinformatieobject (zaak_id, informatieobject);
CREATE INDEX zaakinformatieobject_informatieobject ON zaakinformatieobject (informatieobject);
CREATE INDEX zaakinformatieobject_eigen ON zaakinformatieobject (informatieobject_id)
    WHERE informatieobject_id IS NOT NULL;
CREATE INDEX zaakinformatieobject_status ON zaakinformatieobject (status_id) WHERE status_id IS NOT NULL;
CREATE TABLE zaakobject (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    object_type text NOT NULL,
    object_type_overige text NOT NULL,
    zaak_id uuid NOT NULL REFERENCES zaak (id),
    zaakobjecttype_id uuid REFERENCES zaakobjecttype (id),
    gegevens bytea NOT NULL,
    object_index bytea
) WITH (toast_tuple_target = 8160);
CREATE INDEX zaakobject_zaak ON zaakobject (zaak_id);
CREATE INDEX zaakobject_object ON zaakobject (object_index) WHERE object_index IS NOT NULL;
CREATE INDEX zaakobject_object_type ON zaakobject (object_type, id);
CREATE INDEX zaakobject_zaakobjecttype ON zaakobject (zaakobjecttype_id) WHERE zaakobjecttype_id IS NOT NULL
"""
TABLES = ("resultaat", "zaakeigenschap", "zaakinformatieobject", "zaakobject")


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
