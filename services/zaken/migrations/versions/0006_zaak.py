"""The zaak itself, whole: what its filters, its search and its destruction look up."""

from alembic import op

revision = "zaken_0006"
down_revision = "zaken_0005"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE INDEX zaak_relevant ON zaak USING gin (relevante_andere_zaken jsonb_path_ops)
    WHERE relevante_andere_zaken <> '[]';
"""


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX zaak_relevant")
