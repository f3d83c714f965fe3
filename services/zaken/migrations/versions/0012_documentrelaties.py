"""Zaken and besluiten refer to documents of our own, which stay as long as they are referred to and are found by them."""

from alembic import op

revision = "zaken_0012"
down_revision = "zaken_0011"
branch_labels = None
depends_on = None

TABLES = ("zaakinformatieobject", "besluitinformatieobject")


def upgrade() -> None:
    for table in TABLES:
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_informatieobject_id_fkey "
            "FOREIGN KEY (informatieobject_id) REFERENCES enkelvoudiginformatieobject (id)"
        )
        op.execute(
            f"CREATE INDEX {table}_document ON {table} (informatieobject_id, id) WHERE informatieobject_id IS NOT NULL"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP INDEX {table}_document")
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_informatieobject_id_fkey")
