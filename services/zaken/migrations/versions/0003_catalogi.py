"""Catalogi 1.3.3, whole: what 0001 lacks."""

from alembic import op

revision = "zaken_0003"
down_revision = "zaken_0001"
branch_labels = None
depends_on = None

STATEMENTS = ""
TABLES = ()


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
