"""Catalogi (catalogus, zaaktype, statustype, roltype) and zaken (zaak, status, rol).

Representations of about two kilobytes are read a hundred at a time: `toast_tuple_target` keeps them in the row,
uncompressed.
"""

from alembic import op

revision = "zaken_0001"
down_revision = None
branch_labels = ("zaken",)
depends_on = None

STATEMENTS = """
CREATE TABLE catalogus (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    domein varchar(5) NOT NULL,
    rsin varchar(9) NOT NULL,
    contactpersoon_beheer_naam varchar(40) NOT NULL,
    contactpersoon_beheer_telefoonnummer varchar(20) NOT NULL,
    contactpersoon_beheer_emailadres varchar(254) NOT NULL,
    naam varchar(200),
    versie varchar(20),
    begindatum_versie date
);
CREATE TABLE zaaktype (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    identificatie varchar(50) NOT NULL,
    omschrijving varchar(80) NOT NULL,
    omschrijving_generiek varchar(80) NOT NULL,
    vertrouwelijkheidaanduiding text NOT NULL,
    doel text NOT NULL,
    aanleiding text NOT NULL,
    toelichting text NOT NULL,
    indicatie_intern_of_extern text NOT NULL,
    handeling_initiator varchar(20) NOT NULL,
    onderwerp varchar(80) NOT NULL,
    handeling_behandelaar varchar(20) NOT NULL,
    doorlooptijd text NOT NULL,
    servicenorm text,
    opschorting_en_aanhouding_mogelijk boolean NOT NULL,
    verlenging_mogelijk boolean NOT NULL,
    verlengingstermijn text,
    trefwoorden text[] NOT NULL,
    publicatie_indicatie boolean NOT NULL,
    publicatietekst text NOT NULL,
    verantwoordingsrelatie text[] NOT NULL,
    producten_of_diensten text[] NOT NULL,
    selectielijst_procestype text NOT NULL,
    verantwoordelijke varchar(50) NOT NULL,
    begin_geldigheid date NOT NULL,
    einde_geldigheid date,
    begin_object date,
    einde_object date,
    catalogus_id uuid NOT NULL REFERENCES catalogus (id),
    concept boolean NOT NULL,
    versiedatum date,
    referentieproces jsonb NOT NULL,
    broncatalogus jsonb,
    bronzaaktype jsonb
);
CREATE TABLE roltype (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    omschrijving varchar(100) NOT NULL,
    omschrijving_generiek text NOT NULL,
    begin_geldigheid date,
    einde_geldigheid date,
    begin_object date,
    einde_object date,
    zaaktype_id uuid NOT NULL REFERENCES zaaktype (id)
);
CREATE TABLE statustype (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    omschrijving varchar(80) NOT NULL,
    omschrijving_generiek varchar(80) NOT NULL,
    statustekst varchar(1000) NOT NULL,
    volgnummer integer NOT NULL,
    informeren boolean NOT NULL,
    doorlooptijd text,
    toelichting varchar(1000),
    begin_geldigheid date,
    einde_geldigheid date,
    begin_object date,
    einde_object date,
    zaaktype_id uuid NOT NULL REFERENCES zaaktype (id),
    checklistitem_statustype jsonb NOT NULL
);
CREATE TABLE zaak (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    identificatie varchar(40) NOT NULL,
    bronorganisatie varchar(9) NOT NULL,
    omschrijving varchar(80) NOT NULL,
    toelichting varchar(1000) NOT NULL,
    registratiedatum date NOT NULL,
    verantwoordelijke_organisatie varchar(9) NOT NULL,
    startdatum date NOT NULL,
    einddatum_gepland date,
    uiterlijke_einddatum_afdoening date,
    publicatiedatum date,
    communicatiekanaal text NOT NULL,
    producten_of_diensten text[] NOT NULL,
    vertrouwelijkheidaanduiding text NOT NULL,
    betalingsindicatie text NOT NULL,
    laatste_betaaldatum timestamptz,
    selectielijstklasse text NOT NULL,
    archiefnominatie text,
    archiefstatus text NOT NULL,
    archiefactiedatum date,
    opdrachtgevende_organisatie varchar(9) NOT NULL,
    processobjectaard varchar(200),
    startdatum_bewaartermijn date,
    zaaktype_id uuid NOT NULL REFERENCES zaaktype (id),
    vertrouwelijkheid smallint NOT NULL,
    hoofdzaak_id uuid REFERENCES zaak (id),
    status_id uuid,
    einddatum date,
    zaakgeometrie jsonb,
    verlenging jsonb,
    opschorting jsonb,
    processobject jsonb,
    kenmerken jsonb NOT NULL,
    relevante_andere_zaken jsonb NOT NULL
) WITH (toast_tuple_target = 8160);
CREATE TABLE rol (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    betrokkene_type text NOT NULL,
    indicatie_machtiging text NOT NULL,
    zaak_id uuid NOT NULL REFERENCES zaak (id),
    roltype_id uuid NOT NULL REFERENCES roltype (id),
    omschrijving varchar(100) NOT NULL,
    omschrijving_generiek text NOT NULL,
    registratiedatum timestamptz NOT NULL,
    gegevens bytea NOT NULL,
    identificaties bytea[] NOT NULL
) WITH (toast_tuple_target = 8160);
CREATE TABLE status (
    id uuid PRIMARY KEY,
    representation bytea NOT NULL,
    etag varchar(32) NOT NULL,
    datum_status_gezet timestamptz NOT NULL,
    statustoelichting varchar(1000) NOT NULL,
    zaak_id uuid NOT NULL REFERENCES zaak (id),
    statustype_id uuid NOT NULL REFERENCES statustype (id),
    gezetdoor_id uuid REFERENCES rol (id)
) WITH (toast_tuple_target = 8160);
CREATE UNIQUE INDEX catalogus_uniek ON catalogus (rsin, domein);
CREATE INDEX zaaktype_catalogus ON zaaktype (catalogus_id, identificatie);
CREATE INDEX zaaktype_identificatie ON zaaktype (identificatie);
CREATE UNIQUE INDEX statustype_uniek ON statustype (zaaktype_id, volgnummer);
CREATE INDEX roltype_zaaktype ON roltype (zaaktype_id);
CREATE SEQUENCE zaak_volgnummer;
CREATE UNIQUE INDEX zaak_identificatie_uniek ON zaak (identificatie, bronorganisatie);
CREATE INDEX zaak_bronorganisatie ON zaak (bronorganisatie, id);
CREATE INDEX zaak_zichtbaar ON zaak (zaaktype_id, vertrouwelijkheid, id);
CREATE INDEX zaak_startdatum ON zaak (startdatum, id);
CREATE INDEX zaak_registratiedatum ON zaak (registratiedatum, id);
CREATE INDEX zaak_einddatum ON zaak (einddatum, id);
CREATE INDEX zaak_hoofdzaak ON zaak (hoofdzaak_id) WHERE hoofdzaak_id IS NOT NULL;
CREATE INDEX zaak_status ON zaak (status_id) WHERE status_id IS NOT NULL;
CREATE INDEX status_zaak ON status (zaak_id, datum_status_gezet);
CREATE INDEX status_statustype ON status (statustype_id);
CREATE INDEX status_gezetdoor ON status (gezetdoor_id) WHERE gezetdoor_id IS NOT NULL;
CREATE INDEX rol_zaak ON rol (zaak_id);
CREATE INDEX rol_roltype ON rol (roltype_id);
CREATE INDEX rol_identificaties ON rol USING gin (identificaties)
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)


def downgrade() -> None:
    for table in ("status", "rol", "zaak", "roltype", "statustype", "zaaktype", "catalogus"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP SEQUENCE zaak_volgnummer")
