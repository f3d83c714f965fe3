"""Applicaties, credentials and the policy to publish."""

from alembic import op

revision = "autorisaties_0001"
down_revision = None
branch_labels = ("autorisaties",)
depends_on = None

STATEMENTS = """
CREATE TABLE applicatie (
    id uuid PRIMARY KEY,
    label varchar(100) NOT NULL,
    heeft_alle_autorisaties boolean NOT NULL,
    client_ids json NOT NULL,
    autorisaties json NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE TABLE applicatie_client (
    client_id varchar(50) PRIMARY KEY,
    applicatie_id uuid NOT NULL REFERENCES applicatie (id) ON DELETE CASCADE
);
CREATE INDEX applicatie_client_applicatie_id ON applicatie_client (applicatie_id);
CREATE TABLE credential (
    id uuid PRIMARY KEY,
    client_id varchar(50) NOT NULL UNIQUE,
    secrets bytea NOT NULL,
    geroteerd_op timestamptz,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE TABLE policy_publicatie (
    key text PRIMARY KEY,
    value bytea,
    versie uuid NOT NULL,
    gepubliceerd boolean NOT NULL
);
CREATE INDEX policy_publicatie_open ON policy_publicatie (key) WHERE NOT gepubliceerd
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)


def downgrade() -> None:
    for table in ("policy_publicatie", "credential", "applicatie_client", "applicatie"):
        op.execute(f"DROP TABLE {table}")
