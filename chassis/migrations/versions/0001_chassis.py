"""Outbox, inbox, audit, idempotency answers and the policy snapshot."""

from alembic import op

revision = "chassis_0001"
down_revision = None
branch_labels = ("chassis",)
depends_on = None

STATEMENTS = """
CREATE TABLE outbox_aggregate (
    aggregate uuid PRIMARY KEY,
    sequence bigint NOT NULL
);
CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    aggregate uuid NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    traceparent text NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at timestamptz
);
CREATE INDEX outbox_unsent ON outbox (position) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE TABLE inbox (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    handled_at timestamptz NOT NULL,
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_handled_at ON inbox (handled_at);
CREATE TABLE inbox_aggregate (
    consumer text NOT NULL,
    aggregate text NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (consumer, aggregate)
);
CREATE TABLE auditregel (
    id uuid PRIMARY KEY,
    hoofdobject uuid NOT NULL,
    resource text NOT NULL,
    resource_id uuid NOT NULL,
    actie text NOT NULL,
    client_id text NOT NULL,
    user_id text NOT NULL,
    user_representation text NOT NULL,
    toelichting text NOT NULL,
    trace text NOT NULL,
    aanmaakdatum timestamptz NOT NULL,
    sealed boolean NOT NULL,
    oud bytea,
    nieuw bytea
);
CREATE INDEX auditregel_hoofdobject ON auditregel (hoofdobject, aanmaakdatum);
CREATE TABLE idempotency (
    key bytea PRIMARY KEY,
    request bytea NOT NULL,
    status smallint NOT NULL,
    answer bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);
CREATE TABLE stored_setting (
    name text PRIMARY KEY,
    value text NOT NULL
);
CREATE TABLE policy_snapshot (
    key text PRIMARY KEY,
    value bytea NOT NULL,
    revision bigint NOT NULL
);
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    for table in (
        "outbox_aggregate",
        "outbox",
        "inbox",
        "inbox_aggregate",
        "auditregel",
        "idempotency",
        "stored_setting",
    ):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP TABLE policy_snapshot")
