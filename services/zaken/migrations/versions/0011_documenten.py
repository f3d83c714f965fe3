"""Documenten 1.7: documents with their versions and what hangs on them; counters of documents, kept by triggers as those
of zaken are (0002).
"""

from alembic import op

revision = "zaken_0011"
down_revision = "zaken_0010"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE enkelvoudiginformatieobject (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    identificatie varchar(40) NOT NULL,
    bronorganisatie varchar(9) NOT NULL,
    creatiedatum date NOT NULL,
    titel varchar(200) NOT NULL,
    auteur varchar(200) NOT NULL,
    status text NOT NULL,
    is_gereed_voor_publicatie boolean,
    tonen_aan_initiator boolean NOT NULL,
    inhoud_is_vervallen boolean,
    formaat varchar(255) NOT NULL,
    taal varchar(3) NOT NULL,
    bestandsnaam varchar(255) NOT NULL,
    link varchar(200) NOT NULL,
    beschrijving varchar(1000) NOT NULL,
    ontvangstdatum date,
    verzenddatum date,
    verschijningsvorm text NOT NULL,
    trefwoorden text[] NOT NULL,
    vertrouwelijkheidaanduiding text NOT NULL,
    vertrouwelijkheid smallint NOT NULL,
    informatieobjecttype_id uuid NOT NULL REFERENCES informatieobjecttype (id),
    versie integer NOT NULL,
    begin_registratie timestamptz NOT NULL,
    bestand_id uuid REFERENCES bestand (id),
    bestandsomvang bigint,
    wacht_op_delen boolean NOT NULL,
    lock text NOT NULL,
    indicatie_gebruiksrecht boolean,
    ondertekening jsonb,
    integriteit jsonb
) WITH (toast_tuple_target = 8160);
CREATE TABLE eerdere_versie (
    eio_id uuid NOT NULL REFERENCES enkelvoudiginformatieobject (id) ON DELETE CASCADE,
    versie integer NOT NULL,
    begin_registratie timestamptz NOT NULL,
    representation bytea NOT NULL,
    bestand_id uuid REFERENCES bestand (id),
    PRIMARY KEY (eio_id, versie)
);
CREATE TABLE bestandsdeel (
    id uuid PRIMARY KEY,
    eio_id uuid NOT NULL REFERENCES enkelvoudiginformatieobject (id),
    bestand_id uuid NOT NULL REFERENCES bestand (id),
    volgnummer integer NOT NULL,
    omvang bigint NOT NULL,
    voltooid boolean NOT NULL
);
CREATE TABLE gebruiksrechten (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    eio_id uuid NOT NULL REFERENCES enkelvoudiginformatieobject (id),
    startdatum timestamptz NOT NULL,
    einddatum timestamptz,
    omschrijving_voorwaarden text NOT NULL
);
CREATE TABLE objectinformatieobject (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    eio_id uuid NOT NULL REFERENCES enkelvoudiginformatieobject (id),
    object text NOT NULL,
    object_type text NOT NULL,
    zaak_id uuid REFERENCES zaak (id),
    besluit_id uuid REFERENCES besluit (id)
);
CREATE TABLE verzending (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    eio_id uuid NOT NULL REFERENCES enkelvoudiginformatieobject (id),
    aard_relatie text NOT NULL,
    ontvangstdatum date,
    verzenddatum date,
    betrokkene_index bytea NOT NULL,
    gegevens bytea NOT NULL
);
CREATE SEQUENCE enkelvoudiginformatieobject_volgnummer;
CREATE UNIQUE INDEX enkelvoudiginformatieobject_identificatie_uniek
    ON enkelvoudiginformatieobject (identificatie, bronorganisatie);
CREATE INDEX enkelvoudiginformatieobject_zichtbaar
    ON enkelvoudiginformatieobject (informatieobjecttype_id, id) INCLUDE (vertrouwelijkheid);
CREATE INDEX enkelvoudiginformatieobject_volgorde
    ON enkelvoudiginformatieobject (id) INCLUDE (informatieobjecttype_id, vertrouwelijkheid);
CREATE INDEX enkelvoudiginformatieobject_bronorganisatie
    ON enkelvoudiginformatieobject (bronorganisatie, id) INCLUDE (informatieobjecttype_id, vertrouwelijkheid);
CREATE INDEX enkelvoudiginformatieobject_trefwoorden ON enkelvoudiginformatieobject USING gin (trefwoorden);
CREATE INDEX enkelvoudiginformatieobject_publicatie ON enkelvoudiginformatieobject (id) WHERE is_gereed_voor_publicatie;
CREATE INDEX enkelvoudiginformatieobject_bestand ON enkelvoudiginformatieobject (bestand_id) WHERE bestand_id IS NOT NULL;
CREATE INDEX eerdere_versie_bestand ON eerdere_versie (bestand_id) WHERE bestand_id IS NOT NULL;
CREATE INDEX bestandsdeel_eio ON bestandsdeel (eio_id);
CREATE INDEX bestandsdeel_bestand ON bestandsdeel (bestand_id);
CREATE INDEX gebruiksrechten_eio ON gebruiksrechten (eio_id, id);
CREATE INDEX gebruiksrechten_startdatum ON gebruiksrechten (startdatum, id);
CREATE INDEX gebruiksrechten_einddatum ON gebruiksrechten (einddatum, id);
CREATE UNIQUE INDEX objectinformatieobject_uniek ON objectinformatieobject (object, eio_id);
CREATE INDEX objectinformatieobject_eio ON objectinformatieobject (eio_id, id);
CREATE INDEX objectinformatieobject_soort ON objectinformatieobject (object_type, eio_id);
CREATE INDEX objectinformatieobject_zaak ON objectinformatieobject (zaak_id) WHERE zaak_id IS NOT NULL;
CREATE INDEX objectinformatieobject_besluit ON objectinformatieobject (besluit_id) WHERE besluit_id IS NOT NULL;
CREATE INDEX verzending_eio ON verzending (eio_id, id);
CREATE INDEX verzending_betrokkene ON verzending (betrokkene_index, id);
CREATE INDEX verzending_aard ON verzending (aard_relatie, id);
CREATE TABLE document_counter (
    informatieobjecttype_id uuid NOT NULL, vertrouwelijkheid smallint NOT NULL, amount bigint NOT NULL
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.5)
"""
COUNTING = (
    """
    CREATE FUNCTION document_counter_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO document_counter
            SELECT informatieobjecttype_id, vertrouwelijkheid, count(*) FROM changed GROUP BY 1, 2;
        ELSIF TG_OP = 'DELETE' THEN
            INSERT INTO document_counter
            SELECT informatieobjecttype_id, vertrouwelijkheid, -count(*) FROM changed GROUP BY 1, 2;
        ELSE
            INSERT INTO document_counter VALUES
                (OLD.informatieobjecttype_id, OLD.vertrouwelijkheid, -1),
                (NEW.informatieobjecttype_id, NEW.vertrouwelijkheid, 1);
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER document_counter_insert AFTER INSERT ON enkelvoudiginformatieobject
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION document_counter_change()
    """,
    """
    CREATE TRIGGER document_counter_delete AFTER DELETE ON enkelvoudiginformatieobject
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION document_counter_change()
    """,
    """
    CREATE TRIGGER document_counter_update AFTER UPDATE ON enkelvoudiginformatieobject FOR EACH ROW
    WHEN (OLD.informatieobjecttype_id <> NEW.informatieobjecttype_id OR OLD.vertrouwelijkheid <> NEW.vertrouwelijkheid)
    EXECUTE FUNCTION document_counter_change()
    """,
)
TABLES = (
    *("document_counter", "verzending", "objectinformatieobject", "gebruiksrechten", "bestandsdeel", "eerdere_versie"),
    "enkelvoudiginformatieobject",
)


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)
    for statement in COUNTING:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION document_counter_change")
    op.execute("DROP SEQUENCE enkelvoudiginformatieobject_volgnummer")
