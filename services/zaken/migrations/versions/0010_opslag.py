"""Content of documents: what is kept in the store, and with which key."""

from alembic import op

revision = "zaken_0010"
down_revision = "zaken_0009"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE bestand (
    id uuid PRIMARY KEY,
    mediatype text NOT NULL,
    aangemaakt_op timestamptz NOT NULL
);
CREATE TABLE segment (
    id uuid PRIMARY KEY,
    bestand_id uuid NOT NULL REFERENCES bestand (id),
    volgnummer integer NOT NULL,
    omvang bigint NOT NULL,
    sleutel bytea NOT NULL,
    sha256 bytea NOT NULL
);
CREATE UNIQUE INDEX segment_volgnummer ON segment (bestand_id, volgnummer)
"""


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for table in ("segment", "bestand"):
        op.execute(f"DROP TABLE {table}")
