"""Counters of zaken per zaaktype and vertrouwelijkheid, kept by triggers.

A statement adds one row per count it changes, so that writers never wait for each other. A change of a zaak only fires
anything when it moves to another count.

The indexes hold what every list is restricted by, so that zaken a caller may not see are passed over without being read.
"""

from alembic import op

revision = "zaken_0002"
down_revision = "zaken_0001"
branch_labels = None
depends_on = None

UP = (
    """
    CREATE TABLE zaak_counter (
        zaaktype_id uuid NOT NULL, vertrouwelijkheid smallint NOT NULL, amount bigint NOT NULL
    ) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.5)
    """,
    """
    CREATE FUNCTION zaak_counter_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO zaak_counter SELECT zaaktype_id, vertrouwelijkheid, count(*) FROM changed GROUP BY 1, 2;
        ELSIF TG_OP = 'DELETE' THEN
            INSERT INTO zaak_counter SELECT zaaktype_id, vertrouwelijkheid, -count(*) FROM changed GROUP BY 1, 2;
        ELSE
            INSERT INTO zaak_counter
            VALUES (OLD.zaaktype_id, OLD.vertrouwelijkheid, -1), (NEW.zaaktype_id, NEW.vertrouwelijkheid, 1);
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER zaak_counter_insert AFTER INSERT ON zaak REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION zaak_counter_change()
    """,
    """
    CREATE TRIGGER zaak_counter_delete AFTER DELETE ON zaak REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION zaak_counter_change()
    """,
    """
    CREATE TRIGGER zaak_counter_update AFTER UPDATE ON zaak FOR EACH ROW
    WHEN (OLD.zaaktype_id <> NEW.zaaktype_id OR OLD.vertrouwelijkheid <> NEW.vertrouwelijkheid)
    EXECUTE FUNCTION zaak_counter_change()
    """,
    # After the triggers, which keep writers out until the end of this transaction: nothing is missed or counted twice.
    "INSERT INTO zaak_counter SELECT zaaktype_id, vertrouwelijkheid, count(*) FROM zaak GROUP BY 1, 2",
)
RESTRICTING = "zaaktype_id, vertrouwelijkheid"
INDEXES = {
    "zaak_zichtbaar": "(zaaktype_id, id) INCLUDE (vertrouwelijkheid)",
    "zaak_volgorde": f"(id) INCLUDE ({RESTRICTING}, startdatum, registratiedatum, einddatum)",
    "zaak_bronorganisatie": f"(bronorganisatie, id) INCLUDE ({RESTRICTING})",
    "zaak_startdatum": f"(startdatum, id) INCLUDE ({RESTRICTING})",
    "zaak_registratiedatum": f"(registratiedatum, id) INCLUDE ({RESTRICTING})",
    "zaak_einddatum": f"(einddatum, id) INCLUDE ({RESTRICTING})",
}
BEFORE = {
    "zaak_zichtbaar": "(zaaktype_id, vertrouwelijkheid, id)",
    "zaak_bronorganisatie": "(bronorganisatie, id)",
    "zaak_startdatum": "(startdatum, id)",
    "zaak_registratiedatum": "(registratiedatum, id)",
    "zaak_einddatum": "(einddatum, id)",
}


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    _index(INDEXES)


def _index(indexes: dict[str, str]) -> None:
    for name in INDEXES:
        op.execute(f"DROP INDEX IF EXISTS {name}")
    for name, columns in indexes.items():
        op.execute(f"CREATE INDEX {name} ON zaak {columns}")


def downgrade() -> None:
    _index(BEFORE)
    for name in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER zaak_counter_{name} ON zaak")
    op.execute("DROP FUNCTION zaak_counter_change")
    op.execute("DROP TABLE zaak_counter")
