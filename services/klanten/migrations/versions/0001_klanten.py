"""Partijen; verhuizingen with their verhuizers, opvolgingen and logboek; profiles and volgindicaties of afdelingen."""

from alembic import op

revision = "klanten_0001"
down_revision = None
branch_labels = ("klanten",)
depends_on = None

STATEMENTS = """
CREATE TABLE partij (
    id uuid PRIMARY KEY,
    soort_partij varchar(20) NOT NULL,
    indicatie_actief boolean NOT NULL,
    indicatie_geheimhouding boolean NOT NULL,
    code_soort_object_id varchar(20) NOT NULL,
    object_id_index bytea NOT NULL,
    inhoud bytea NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    CONSTRAINT partij_identificator UNIQUE (code_soort_object_id, object_id_index)
);
CREATE SEQUENCE verhuizing_kenmerk;
CREATE TABLE verhuizing (
    id uuid PRIMARY KEY,
    kenmerk varchar(10) NOT NULL UNIQUE,
    status varchar(20) NOT NULL,
    volgnummer integer NOT NULL,
    datum_aangifte date NOT NULL,
    datum_verhuizing date NOT NULL,
    datum_adreshouding date NOT NULL,
    zaak varchar(1000),
    ingediend_door varchar(50) NOT NULL,
    inhoud bytea NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE TABLE verhuizer (
    id uuid PRIMARY KEY,
    verhuizing_id uuid NOT NULL REFERENCES verhuizing (id),
    bsn_index bytea NOT NULL,
    is_open boolean NOT NULL
);
CREATE UNIQUE INDEX verhuizer_open ON verhuizer (bsn_index) WHERE is_open;
CREATE INDEX ix_verhuizer_verhuizing_id ON verhuizer (verhuizing_id);
CREATE TABLE afdelingsprofiel (
    id uuid PRIMARY KEY,
    afdeling varchar(40) NOT NULL,
    naam varchar(100) NOT NULL,
    versie integer NOT NULL,
    grondslag varchar(1000) NOT NULL,
    doelbinding varchar(100) NOT NULL,
    verwerkingsactiviteit varchar(1000) NOT NULL,
    termijn_dagen integer NOT NULL,
    trigger varchar(20) NOT NULL,
    volgt varchar(20) NOT NULL,
    voorwaarde json,
    gegevens json NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    CONSTRAINT afdelingsprofiel_versie UNIQUE (afdeling, versie)
);
CREATE TABLE volgindicatie (
    id uuid PRIMARY KEY,
    afdeling varchar(40) NOT NULL,
    van date NOT NULL,
    tot date,
    gevolgd_index bytea NOT NULL,
    inhoud bytea NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE INDEX ix_volgindicatie_gevolgd_index ON volgindicatie (gevolgd_index);
CREATE TABLE opvolging (
    id uuid PRIMARY KEY,
    verhuizing_id uuid NOT NULL REFERENCES verhuizing (id),
    profiel_id uuid NOT NULL REFERENCES afdelingsprofiel (id),
    kenmerk varchar(10) NOT NULL,
    afdeling varchar(40) NOT NULL,
    volgnummer integer NOT NULL,
    soort varchar(20) NOT NULL,
    grondslag varchar(1000) NOT NULL,
    doelbinding varchar(100) NOT NULL,
    profiel_versie integer NOT NULL,
    status varchar(20) NOT NULL,
    uiterlijk_op date NOT NULL,
    aangemaakt_op timestamptz NOT NULL,
    gelezen_op timestamptz,
    ontvangen_op timestamptz,
    afgehandeld_op timestamptz,
    inhoud bytea NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    CONSTRAINT opvolging_once UNIQUE (verhuizing_id, volgnummer, afdeling)
);
CREATE INDEX ix_opvolging_kenmerk ON opvolging (kenmerk);
CREATE INDEX opvolging_afdeling ON opvolging (afdeling, id);
CREATE INDEX opvolging_term ON opvolging (uiterlijk_op) WHERE status IN ('te-bezorgen', 'ontvangen', 'in-behandeling');
CREATE TABLE logboekregel (
    id uuid PRIMARY KEY,
    trace_id varchar(32) NOT NULL,
    span_id varchar(16) NOT NULL,
    parent_span_id varchar(16),
    name varchar(200) NOT NULL,
    status varchar(5) NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    afdeling varchar(40) NOT NULL,
    kenmerk varchar(10) NOT NULL,
    volgnummer integer NOT NULL,
    grondslag varchar(1000) NOT NULL,
    doelbinding varchar(100) NOT NULL,
    opvolging_id uuid NOT NULL REFERENCES opvolging (id),
    processing_activity_id varchar(1000) NOT NULL,
    data_subject_id varchar(100),
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE INDEX ix_logboekregel_opvolging_id ON logboekregel (opvolging_id);
CREATE INDEX ix_logboekregel_kenmerk ON logboekregel (kenmerk);
CREATE INDEX ix_logboekregel_data_subject_id ON logboekregel (data_subject_id)
"""
TABLES = ("logboekregel", "opvolging", "volgindicatie", "afdelingsprofiel", "verhuizer", "verhuizing", "partij")


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP SEQUENCE verhuizing_kenmerk")
