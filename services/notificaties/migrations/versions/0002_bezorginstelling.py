"""CloudEvents, and what an abonnement may ask for beyond the standard: its bezorginstelling."""

from alembic import op

revision = "notificaties_0002"
down_revision = "notificaties_0001"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE abonnement ADD COLUMN send_cloudevents boolean NOT NULL DEFAULT false;
ALTER TABLE abonnement ADD COLUMN cloudevent_filters json NOT NULL DEFAULT '[]';
ALTER TABLE notificatie ADD COLUMN cloudevent bytea;
ALTER TABLE notificatie ADD COLUMN source text NOT NULL DEFAULT '';
ALTER TABLE aflevering ADD COLUMN vorm text NOT NULL DEFAULT 'notificatie';
ALTER TABLE aflevering ADD COLUMN volgorde bigint;
ALTER TABLE aflevering ADD COLUMN positie bigint GENERATED ALWAYS AS IDENTITY;
CREATE INDEX aflevering_volgorde ON aflevering (abonnement_id, volgorde, positie)
    WHERE status = 'wacht' AND volgorde IS NOT NULL;
CREATE TABLE bezorginstelling (
    id uuid PRIMARY KEY REFERENCES abonnement (id) ON DELETE CASCADE,
    gepauzeerd boolean NOT NULL,
    acties json NOT NULL,
    resources json NOT NULL,
    op_volgorde boolean NOT NULL,
    bundel_maximaal integer NOT NULL,
    bundel_wachttijd integer NOT NULL,
    cloudevents_modus varchar NOT NULL,
    wacht_op json NOT NULL,
    wacht_hoogstens integer NOT NULL,
    ondertekening bytea NOT NULL,
    contact varchar NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE TABLE toegang (
    id uuid PRIMARY KEY REFERENCES abonnement (id) ON DELETE CASCADE,
    oauth2 json,
    certificaat varchar NOT NULL,
    servercertificaat varchar NOT NULL,
    geheimen bytea NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE TABLE poort (
    abonnement_id uuid NOT NULL REFERENCES abonnement (id) ON DELETE CASCADE,
    volgorde bigint NOT NULL,
    ontbreekt text[] NOT NULL,
    uiterlijk timestamptz NOT NULL,
    PRIMARY KEY (abonnement_id, volgorde)
);
CREATE INDEX poort_uiterlijk ON poort (uiterlijk);
CREATE TABLE waarschuwing (
    abonnement_id uuid NOT NULL REFERENCES abonnement (id) ON DELETE CASCADE,
    soort text NOT NULL,
    sinds timestamptz NOT NULL,
    aantal integer NOT NULL,
    open boolean NOT NULL,
    verstuurd_op timestamptz,
    PRIMARY KEY (abonnement_id, soort)
)
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)


def downgrade() -> None:
    for statement in (
        "DROP TABLE waarschuwing",
        "DROP TABLE poort",
        "DROP TABLE toegang",
        "DROP TABLE bezorginstelling",
        "DROP INDEX aflevering_volgorde",
        "ALTER TABLE aflevering DROP COLUMN positie",
        "ALTER TABLE aflevering DROP COLUMN volgorde",
        "ALTER TABLE aflevering DROP COLUMN vorm",
        "ALTER TABLE notificatie DROP COLUMN source",
        "ALTER TABLE notificatie DROP COLUMN cloudevent",
        "ALTER TABLE abonnement DROP COLUMN cloudevent_filters",
        "ALTER TABLE abonnement DROP COLUMN send_cloudevents",
    ):
        op.execute(statement)
