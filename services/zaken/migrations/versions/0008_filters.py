"""An index for every filter and ordering of the list of zaken (tests/services/zaken/zaken/zaak/test_plans.py).

Each ends in `id`, by which a page is ordered when nothing else is asked. What is often empty is indexed as a whole all the
same when it can be ordered by; what cannot only where it is filled.
"""

from alembic import op

revision = "zaken_0008"
down_revision = "zaken_0007"
branch_labels = None
depends_on = None

INDEXES = {
    "zaak_publicatiedatum": "zaak (publicatiedatum, id)",
    "zaak_archiefactiedatum": "zaak (archiefactiedatum, id) INCLUDE (zaaktype_id, vertrouwelijkheid)",
    "zaak_einddatum_gepland": "zaak (einddatum_gepland, id) WHERE einddatum_gepland IS NOT NULL",
    "zaak_uiterlijk": "zaak (uiterlijke_einddatum_afdoening, id) WHERE uiterlijke_einddatum_afdoening IS NOT NULL",
    "zaak_archiefnominatie": "zaak (archiefnominatie, id) WHERE archiefnominatie IS NOT NULL",
    "zaak_archiefstatus": "zaak (archiefstatus, id)",
    "zaak_vertrouwelijkheid": "zaak (vertrouwelijkheid, id)",
    "rol_betrokkene_type": "rol (betrokkene_type, zaak_id)",
    "rol_omschrijving_generiek": "rol (omschrijving_generiek, zaak_id)",
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {columns}")


def downgrade() -> None:
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
