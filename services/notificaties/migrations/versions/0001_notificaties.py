"""Kanalen, abonnementen, the queue of deliveries with its ledger, and the dead letters."""

from alembic import op

revision = "notificaties_0001"
down_revision = None
branch_labels = ("notificaties",)
depends_on = None

STATEMENTS = """
CREATE TABLE kanaal (
    id uuid PRIMARY KEY,
    naam varchar(50) NOT NULL,
    documentatie_link varchar(200) NOT NULL,
    filters json NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE UNIQUE INDEX ix_kanaal_naam ON kanaal (naam);
CREATE TABLE abonnement (
    id uuid PRIMARY KEY,
    callback_url varchar NOT NULL,
    kanalen json NOT NULL,
    auth bytea NOT NULL,
    client_id varchar NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE TABLE abonnement_versie (
    id integer PRIMARY KEY CHECK (id = 1),
    versie uuid NOT NULL
);
CREATE TABLE wachtrij (
    abonnement_id uuid PRIMARY KEY,
    fouten integer NOT NULL DEFAULT 0,
    pauze_tot timestamptz,
    gestopt_op timestamptz
);
CREATE TABLE notificatie (
    id uuid PRIMARY KEY,
    kanaal text NOT NULL,
    hoofd_object text NOT NULL,
    resource text NOT NULL,
    resource_url text NOT NULL,
    actie text NOT NULL,
    bericht bytea NOT NULL,
    traceparent text NOT NULL,
    aangemaakt_op timestamptz NOT NULL
);
CREATE INDEX notificatie_aangemaakt_op ON notificatie (aangemaakt_op);
CREATE TABLE aflevering (
    id uuid PRIMARY KEY,
    notificatie_id uuid NOT NULL REFERENCES notificatie (id) ON DELETE CASCADE,
    abonnement_id uuid NOT NULL,
    status text NOT NULL,
    pogingen integer NOT NULL DEFAULT 0,
    volgende_poging timestamptz NOT NULL,
    vervalt_op timestamptz NOT NULL,
    laatste_status integer,
    laatste_fout text NOT NULL DEFAULT '',
    duur_ms integer,
    afgerond_op timestamptz,
    onbestelbaar_id uuid,
    UNIQUE (notificatie_id, abonnement_id)
);
CREATE INDEX aflevering_wacht ON aflevering (abonnement_id, volgende_poging, id) WHERE status = 'wacht';
CREATE INDEX aflevering_abonnement ON aflevering (abonnement_id, id);
CREATE INDEX aflevering_status ON aflevering (status, id) WHERE status <> 'afgeleverd';
CREATE TABLE poging (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    aflevering_id uuid NOT NULL REFERENCES aflevering (id) ON DELETE CASCADE,
    op timestamptz NOT NULL,
    status integer,
    fout text NOT NULL,
    duur_ms integer NOT NULL
);
CREATE INDEX poging_aflevering_id ON poging (aflevering_id, id);
CREATE TABLE onbestelbaar_bericht (
    id uuid PRIMARY KEY,
    soort varchar NOT NULL,
    status varchar NOT NULL,
    ontvanger varchar NOT NULL,
    stream varchar NOT NULL,
    onderwerp varchar NOT NULL,
    sleutel varchar NOT NULL,
    gebeurtenistype varchar NOT NULL,
    reden varchar NOT NULL,
    aantal integer NOT NULL,
    ontstaan_op timestamptz NOT NULL,
    laatst_op timestamptz NOT NULL,
    bericht bytea NOT NULL,
    traceparent varchar NOT NULL,
    aflevering_id uuid,
    opnieuw_aangeboden json NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE UNIQUE INDEX onbestelbaar_bericht_sleutel ON onbestelbaar_bericht (ontvanger, sleutel);
CREATE INDEX onbestelbaar_bericht_laatst_op ON onbestelbaar_bericht (laatst_op, id)
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)


def downgrade() -> None:
    for table in (
        "onbestelbaar_bericht",
        "poging",
        "aflevering",
        "notificatie",
        "wachtrij",
        "abonnement_versie",
        "abonnement",
        "kanaal",
    ):
        op.execute(f"DROP TABLE {table}")
