"""The zaak itself, whole: what its filters, its search and its destruction look up."""

from alembic import op

revision = "zaken_0006"
down_revision = "zaken_0005"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE zaak ADD COLUMN west double precision, ADD COLUMN south double precision,
    ADD COLUMN east double precision, ADD COLUMN north double precision;
CREATE INDEX zaak_plaats ON zaak USING gist (box(point(east, north), point(west, south))) WHERE west IS NOT NULL;
CREATE INDEX zaak_archiefactiedatum ON zaak (archiefactiedatum, id) WHERE archiefactiedatum IS NOT NULL;
CREATE INDEX zaak_archiefstatus ON zaak (archiefstatus, id) WHERE archiefstatus <> 'nog_te_archiveren';
CREATE INDEX zaak_archiefnominatie ON zaak (archiefnominatie, id) WHERE archiefnominatie IS NOT NULL;
CREATE INDEX zaak_einddatum_gepland ON zaak (einddatum_gepland, id) WHERE einddatum_gepland IS NOT NULL;
CREATE INDEX zaak_uiterlijke_einddatum ON zaak (uiterlijke_einddatum_afdoening, id)
    WHERE uiterlijke_einddatum_afdoening IS NOT NULL;
CREATE INDEX zaak_publicatiedatum ON zaak (publicatiedatum, id);
CREATE INDEX zaak_relevant ON zaak USING gin (relevante_andere_zaken jsonb_path_ops)
    WHERE relevante_andere_zaken <> '[]';
"""


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX zaak_relevant")
    for name in (
        *("archiefactiedatum", "archiefstatus", "archiefnominatie", "einddatum_gepland"),
        *("uiterlijke_einddatum", "publicatiedatum", "plaats"),
    ):
        op.execute(f"DROP INDEX zaak_{name}")
    for name in ("west", "south", "east", "north"):
        op.execute(f"ALTER TABLE zaak DROP COLUMN {name}")
