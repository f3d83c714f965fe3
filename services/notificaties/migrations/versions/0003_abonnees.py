"""What operators ask per abonnement: its attempts, its dead letters, and what became of one zaak.

`poging.abonnement_id` may be empty: the process of the version before this one, which runs on until it is replaced,
does not fill it in. Those few attempts are in the ledger of their aflevering and not in the figures of the abonnee.
The indexes on URLs are of hashes: those of a publisher elsewhere may be longer than an ordinary index takes.
"""

from alembic import op

revision = "notificaties_0003"
down_revision = "notificaties_0002"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE poging ADD COLUMN abonnement_id uuid;
UPDATE poging p SET abonnement_id = a.abonnement_id FROM aflevering a WHERE a.id = p.aflevering_id;
CREATE INDEX poging_abonnement ON poging (abonnement_id, op);
CREATE INDEX poging_mislukt ON poging (abonnement_id, op) WHERE fout <> '';
CREATE INDEX onbestelbaar_bericht_ontvanger ON onbestelbaar_bericht (ontvanger, laatst_op, id);
CREATE INDEX onbestelbaar_bericht_open ON onbestelbaar_bericht (ontvanger, ontstaan_op, id) WHERE status = 'open';
CREATE INDEX notificatie_hoofd_object ON notificatie USING hash (hoofd_object);
CREATE INDEX notificatie_resource_url ON notificatie USING hash (resource_url)
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)


def downgrade() -> None:
    for index in (
        "notificatie_resource_url",
        "notificatie_hoofd_object",
        "onbestelbaar_bericht_open",
        "onbestelbaar_bericht_ontvanger",
    ):
        op.execute(f"DROP INDEX {index}")
    op.execute("ALTER TABLE poging DROP COLUMN abonnement_id")
