"""Meldingen, taken and the inrichting that routes them."""

from alembic import op

revision = "meldingen_0001"
down_revision = None
branch_labels = ("meldingen",)
depends_on = None

STATEMENTS = """
CREATE SEQUENCE kenmerk_nummer;
CREATE TABLE inrichting_versie (
    soort varchar(20) PRIMARY KEY,
    versie uuid NOT NULL
);
CREATE TABLE afdeling (
    id uuid PRIMARY KEY,
    code varchar(60) NOT NULL UNIQUE,
    naam varchar(100) NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE TABLE ploeg (
    id uuid PRIMARY KEY,
    code varchar(60) NOT NULL UNIQUE,
    naam varchar(100) NOT NULL,
    afdeling varchar(60) NOT NULL REFERENCES afdeling (code),
    contractant boolean NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE TABLE gebied (
    id uuid PRIMARY KEY,
    type varchar(20) NOT NULL,
    code varchar(60) NOT NULL UNIQUE,
    naam varchar(100) NOT NULL,
    wijk varchar(60) REFERENCES gebied (code),
    geometrie bytea NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE TABLE categorie (
    id uuid PRIMARY KEY,
    code varchar(60) NOT NULL UNIQUE,
    hoofd varchar(60) REFERENCES categorie (code),
    naam varchar(100) NOT NULL,
    omschrijving varchar(500) NOT NULL,
    afdeling varchar(60) REFERENCES afdeling (code),
    openbaar boolean NOT NULL,
    straal_meter integer NOT NULL,
    venster_dagen integer NOT NULL,
    ontdubbelen varchar(20) NOT NULL,
    taaktype varchar(60),
    termijn_dagen integer NOT NULL,
    trefwoorden json NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE TABLE routeerregel (
    id uuid PRIMARY KEY,
    naam varchar(100) NOT NULL UNIQUE,
    volgorde integer NOT NULL,
    toelichting varchar(500) NOT NULL,
    voorwaarde json NOT NULL,
    gevolg json NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE TABLE melding (
    id uuid PRIMARY KEY,
    kenmerk varchar(20) NOT NULL UNIQUE,
    versie integer NOT NULL,
    status varchar(20) NOT NULL,
    resultaat varchar(30),
    categorie varchar(60),
    hoofdcategorie varchar(60),
    categorie_voorstel varchar(60),
    categorie_herkomst varchar(20) NOT NULL,
    wijk varchar(60),
    buurt varchar(60),
    urgentie varchar(20) NOT NULL,
    afdeling varchar(60) NOT NULL,
    ploeg varchar(60),
    uiterlijk_op date NOT NULL,
    aantal_signalen integer NOT NULL,
    aandacht json NOT NULL,
    omschrijving bytea NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    nauwkeurigheid_meter double precision,
    besluit_vorm varchar(20) NOT NULL,
    besluit_regel varchar(100),
    besluit_uitleg varchar NOT NULL,
    geregistreerd_op timestamptz NOT NULL,
    afgehandeld_op timestamptz,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE INDEX melding_geregistreerd_op ON melding (geregistreerd_op DESC, id DESC);
CREATE INDEX melding_afdeling ON melding (afdeling, geregistreerd_op DESC, id DESC);
CREATE INDEX melding_open ON melding (categorie, lat, lon) WHERE status <> 'afgehandeld';
CREATE TABLE signaal (
    id uuid PRIMARY KEY,
    melding_id uuid NOT NULL REFERENCES melding (id),
    kenmerk varchar(20) NOT NULL UNIQUE,
    gekoppeld_aan_bestaande boolean NOT NULL,
    categorie varchar(60),
    categorie_voorstel varchar(60),
    categorie_herkomst varchar(20) NOT NULL,
    urgentie varchar(20) NOT NULL,
    heeft_contact boolean NOT NULL,
    geregistreerd_op timestamptz NOT NULL,
    client_id varchar(60) NOT NULL,
    omschrijving bytea NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    nauwkeurigheid_meter double precision,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE INDEX signaal_melding_id ON signaal (melding_id);
CREATE TABLE signaal_melder (
    signaal_id uuid PRIMARY KEY REFERENCES signaal (id) ON DELETE CASCADE,
    gegevens bytea NOT NULL
);
CREATE TABLE toewijzing (
    id uuid PRIMARY KEY,
    melding_id uuid NOT NULL REFERENCES melding (id),
    afdeling varchar(60) NOT NULL,
    ploeg varchar(60),
    vorm varchar(20) NOT NULL,
    regel varchar(100),
    regelversie uuid,
    geregistreerd_op timestamptz NOT NULL,
    uitleg bytea NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE INDEX toewijzing_melding_id ON toewijzing (melding_id, id);
CREATE TABLE taak (
    id uuid PRIMARY KEY,
    melding_id uuid NOT NULL REFERENCES melding (id),
    ploeg varchar(60) NOT NULL,
    taaktype varchar(60) NOT NULL,
    status varchar(20) NOT NULL,
    urgentie varchar(20) NOT NULL,
    categorie varchar(60),
    wijk varchar(60),
    buurt varchar(60),
    uiterlijk_op date NOT NULL,
    versie integer NOT NULL,
    geclaimd_door varchar(60),
    volgnummer bigint NOT NULL,
    aangemaakt_op timestamptz NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE INDEX taak_melding_id ON taak (melding_id);
CREATE UNIQUE INDEX taak_volgnummer ON taak (ploeg, volgnummer);
CREATE TABLE taakteller (
    ploeg varchar(60) PRIMARY KEY,
    volgnummer bigint NOT NULL
);
CREATE TABLE taakgebeurtenis (
    id uuid PRIMARY KEY,
    taak_id uuid NOT NULL REFERENCES taak (id),
    melding_id uuid NOT NULL,
    ploeg varchar(60) NOT NULL,
    type varchar(20) NOT NULL,
    gevolg varchar(40) NOT NULL,
    resultaat varchar(30),
    apparaat_tijd timestamptz,
    geregistreerd_op timestamptz NOT NULL,
    client_id varchar(60) NOT NULL,
    op_id uuid,
    reden bytea,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
);
CREATE INDEX taakgebeurtenis_taak_id ON taakgebeurtenis (taak_id, id);
CREATE UNIQUE INDEX taakgebeurtenis_operatie ON taakgebeurtenis (client_id, op_id) WHERE op_id IS NOT NULL;
CREATE TABLE apparaat (
    id uuid PRIMARY KEY,
    code varchar(60) NOT NULL UNIQUE,
    ploeg varchar(60) NOT NULL REFERENCES ploeg (code),
    gekoppeld_op timestamptz NOT NULL,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL
)
"""
TABLES = (
    "apparaat taakgebeurtenis taakteller taak toewijzing signaal_melder signaal melding "
    "routeerregel categorie gebied ploeg afdeling inrichting_versie"
)


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES.split():
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP SEQUENCE kenmerk_nummer")
