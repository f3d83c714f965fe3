"""Autorisaties 1.1: alleenIsGereedVoorPublicatie; and what was last applied of the declarative files."""

from alembic import op

revision = "autorisaties_0002"
down_revision = "autorisaties_0001"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE applicatie ADD COLUMN alleen_is_gereed_voor_publicatie boolean NOT NULL DEFAULT false;
ALTER TABLE applicatie ALTER COLUMN alleen_is_gereed_voor_publicatie DROP DEFAULT;
CREATE TABLE declaratie (
    soort text NOT NULL,
    naam text NOT NULL,
    vingerafdruk bytea NOT NULL,
    PRIMARY KEY (soort, naam)
)
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE declaratie")
    op.execute("ALTER TABLE applicatie DROP COLUMN alleen_is_gereed_voor_publicatie")
