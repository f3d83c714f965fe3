"""Numbers of changes of abonnementen: whoever keeps an index of them reads only what changed."""

from alembic import op

revision = "notificaties_0004"
down_revision = "notificaties_0003"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE abonnement_wijziging (
    abonnement_id uuid PRIMARY KEY,
    nummer bigint NOT NULL
);
CREATE UNIQUE INDEX abonnement_wijziging_nummer ON abonnement_wijziging (nummer);
INSERT INTO abonnement_wijziging (abonnement_id, nummer) SELECT id, row_number() OVER (ORDER BY id) FROM abonnement;
ALTER TABLE abonnement_versie ADD COLUMN nummer bigint NOT NULL DEFAULT 0;
UPDATE abonnement_versie SET nummer = (SELECT count(*) FROM abonnement)
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE abonnement_versie DROP COLUMN nummer")
    op.execute("DROP TABLE abonnement_wijziging")
