"""Archiefbeheer: vernietigingslijsten with their regels, verklaringen, and the indexes of the zaken that are due."""

from alembic import op

revision = "zaken_0013"
down_revision = "zaken_0012"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE vernietigingslijst (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    omschrijving varchar(200) NOT NULL,
    status text NOT NULL,
    reden_afwijzing varchar(1000) NOT NULL,
    makers text[] NOT NULL,
    aangemaakt jsonb NOT NULL,
    ingediend jsonb,
    beoordeeld jsonb,
    gestart jsonb,
    ingetrokken jsonb,
    gestopt jsonb,
    afgerond_op timestamptz
);
CREATE TABLE vernietigingsregel (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    status text NOT NULL,
    reden text NOT NULL,
    zaaktype_omschrijving varchar(80) NOT NULL,
    resultaattype_omschrijving varchar(20) NOT NULL,
    selectielijstklasse text NOT NULL,
    bewaartermijn text,
    archiefactiedatum date,
    begin_jaar smallint NOT NULL,
    eind_jaar smallint NOT NULL,
    documenten_vernietigd integer NOT NULL,
    documenten_elders integer NOT NULL,
    besluiten_vernietigd integer NOT NULL,
    verwerkt_op timestamptz,
    vernietigingslijst_id uuid NOT NULL REFERENCES vernietigingslijst (id),
    zaak_id uuid REFERENCES zaak (id),
    zaaktype_id uuid NOT NULL,
    vertrouwelijkheid smallint NOT NULL,
    resultaattype_id uuid,
    bezet boolean NOT NULL,
    stand integer NOT NULL,
    pogingen smallint NOT NULL
);
CREATE TABLE verklaring (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    aantal_zaken integer NOT NULL,
    begonnen_op timestamptz NOT NULL,
    afgerond_op timestamptz NOT NULL,
    vernietigingslijst_id uuid NOT NULL REFERENCES vernietigingslijst (id),
    specificatie jsonb NOT NULL,
    voorgesteld jsonb NOT NULL,
    geaccordeerd jsonb NOT NULL
);
CREATE INDEX vernietigingslijst_status ON vernietigingslijst (status, id);
CREATE INDEX vernietigingsregel_lijst ON vernietigingsregel (vernietigingslijst_id, status, id);
CREATE INDEX vernietigingsregel_zaak ON vernietigingsregel (zaak_id) WHERE zaak_id IS NOT NULL;
CREATE UNIQUE INDEX vernietigingsregel_bezet ON vernietigingsregel (zaak_id) WHERE bezet AND zaak_id IS NOT NULL;
CREATE UNIQUE INDEX verklaring_lijst ON verklaring (vernietigingslijst_id);
CREATE INDEX zaak_te_archiveren ON zaak (archiefnominatie, archiefactiedatum, id)
    INCLUDE (zaaktype_id, vertrouwelijkheid, archiefstatus) WHERE archiefactiedatum IS NOT NULL;
CREATE INDEX zaak_te_archiveren_zaaktype ON zaak (zaaktype_id, archiefactiedatum, id)
    INCLUDE (vertrouwelijkheid, archiefnominatie, archiefstatus) WHERE archiefactiedatum IS NOT NULL
"""
TABLES = ("verklaring", "vernietigingsregel", "vernietigingslijst")


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    for index in ("zaak_te_archiveren", "zaak_te_archiveren_zaaktype"):
        op.execute(f"DROP INDEX {index}")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
