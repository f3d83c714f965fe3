"""The zaak itself, whole: what its search by place and its destruction look up."""

from alembic import op

revision = "zaken_0006"
down_revision = "zaken_0005"
branch_labels = None
depends_on = None

# A position is an array that begins with a number, however deep it stands in its geometry.
BOXES = """
UPDATE zaak SET west = box.west, south = box.south, east = box.east, north = box.north
FROM (
    SELECT id, min((place->>0)::float8) AS west, min((place->>1)::float8) AS south,
        max((place->>0)::float8) AS east, max((place->>1)::float8) AS north
    FROM zaak, jsonb_path_query(zaakgeometrie, 'strict $.** ? (@.type() == "array" && @[0].type() == "number")') AS place
    WHERE zaakgeometrie IS NOT NULL
    GROUP BY id
) AS box
WHERE box.id = zaak.id
"""
STATEMENTS = f"""
ALTER TABLE zaak ADD COLUMN west double precision, ADD COLUMN south double precision,
    ADD COLUMN east double precision, ADD COLUMN north double precision;
{BOXES};
CREATE INDEX zaak_plaats ON zaak USING gist (box(point(east, north), point(west, south))) WHERE west IS NOT NULL;
CREATE INDEX zaak_relevant ON zaak USING gin (relevante_andere_zaken jsonb_path_ops)
    WHERE relevante_andere_zaken <> '[]';
"""


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX zaak_relevant")
    op.execute("DROP INDEX zaak_plaats")
    for name in ("west", "south", "east", "north"):
        op.execute(f"ALTER TABLE zaak DROP COLUMN {name}")
