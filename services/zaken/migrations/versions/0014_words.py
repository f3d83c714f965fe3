"""Words by which zaken and documents are found (docs/adr/0020-words.md): beside them, kept by triggers.

What was there before is added in portions, each its own transaction, and the indexes are built without a lock: nobody who
opens a zaak waits, who changes one at most for its portion. It can be interrupted and run again.
"""

from alembic import op
from sqlalchemy import text

revision = "zaken_0014"
down_revision = "zaken_0013"
branch_labels = None
depends_on = None

PORTION = 2_000
"""Rows of one transaction."""
_LETTERS = {
    "a": "àáâãäåÀÁÂÃÄÅ",
    "c": "çÇ",
    "e": "èéêëÈÉÊË",
    "i": "ìíîïÌÍÎÏ",
    "n": "ñÑ",
    "o": "òóôõöøÒÓÔÕÖØ",
    "s": "šŠ",
    "u": "ùúûüÙÚÛÜ",
    "y": "ýÿÝŸ",
    "z": "žŽ",
}
_MARKS = "«»‘’‚“”„–—…·•€\u00a0\u00ad\u2010\u2011"
_JOINING = "-_./@+&<>"
"""Marks by which PostgreSQL takes words together, as a number, an address, a file or a tag."""
_FROM = "".join(_LETTERS.values()) + _MARKS
_TO = "".join(letter * len(accented) for letter, accented in _LETTERS.items()) + " " * len(_MARKS)
# translate() compares every letter of a text with every one it may have to change: 1 ms for 450 letters, so not for ASCII
FOLDED = (
    f"translate(lower(CASE octet_length($1) WHEN length($1) THEN $1 ELSE translate(normalize($1), '{_FROM}', '{_TO}') END), "
    f"'{_JOINING}', '{' ' * len(_JOINING)}')"
)
"""Of a text: small letters without accents, and nothing that takes words together."""

FUNCTIONS = (
    "DROP TEXT SEARCH CONFIGURATION IF EXISTS whole_words",
    "DROP TEXT SEARCH DICTIONARY IF EXISTS whole_word",
    "CREATE TEXT SEARCH DICTIONARY whole_word (TEMPLATE = pg_catalog.simple, STOPWORDS = dutch)",
    "CREATE TEXT SEARCH CONFIGURATION whole_words (COPY = pg_catalog.simple)",
    "ALTER TEXT SEARCH CONFIGURATION whole_words ALTER MAPPING REPLACE pg_catalog.simple WITH whole_word",
    f"CREATE OR REPLACE FUNCTION folded(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN {FOLDED}",
    """
    CREATE OR REPLACE FUNCTION words_of(given text, weight "char") RETURNS tsvector LANGUAGE plpgsql STABLE AS $$
    DECLARE plain text := folded(given);
    BEGIN
        RETURN setweight(to_tsvector('dutch', plain) || to_tsvector('whole_words', plain), weight);
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION words_of_number(given text) RETURNS tsvector LANGUAGE plpgsql STABLE AS $$
    DECLARE
        plain text := folded(given);
        short text := regexp_replace(plain, '\\m0+(\\d)', '\\1', 'g');
    BEGIN
        RETURN setweight(to_tsvector('whole_words', CASE short WHEN plain THEN plain ELSE plain || ' ' || short END), 'A');
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION words_of_zaak(zaak) RETURNS tsvector LANGUAGE plpgsql STABLE AS $$
    DECLARE numbers text := $1.identificatie;
    BEGIN
        IF $1.kenmerken <> '[]' THEN
            numbers := concat_ws(' ', numbers, (
                SELECT string_agg(value #>> '{}', ' ') FROM jsonb_path_query($1.kenmerken, 'strict $[*].*') AS value
            ));
        END IF;
        RETURN words_of_number(numbers) || words_of($1.omschrijving, 'B') || words_of($1.toelichting, 'D');
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION words_of_document(enkelvoudiginformatieobject) RETURNS tsvector LANGUAGE plpgsql STABLE AS $$
    BEGIN
        RETURN words_of_number($1.identificatie) || words_of($1.titel, 'B')
            || words_of(concat_ws(' ', array_to_string($1.trefwoorden, ' '), $1.bestandsnaam), 'C')
            || words_of($1.beschrijving, 'D');
    END $$
    """,
)


class Found:
    """What is found by words: a table, the columns rights depend on, and the columns with words."""

    def __init__(self, table: str, key: str, rights: dict[str, str], worded: tuple[str, ...], name: str) -> None:
        self.table, self.key, self.rights, self.worded, self.name = table, key, rights, worded, name

    @property
    def kept(self) -> str:
        """Columns of its words."""
        return ", ".join((self.key, *self.rights, "words"))

    def values(self, row: str) -> str:
        """Of a row, what is in those."""
        return ", ".join((f"{row}.id", *(f"{row}.{one}" for one in self.rights), f"words_of_{self.name}({row})"))

    def statements(self) -> tuple[str, ...]:
        """The table of its words, kept by triggers."""
        watched = (*self.worded, *self.rights)
        differs = " OR ".join(f"OLD.{one} IS DISTINCT FROM NEW.{one}" for one in watched)
        columns = ", ".join(f"{one} {kind}" for one, kind in self.rights.items())
        changed = ", ".join(f"{one} = excluded.{one}" for one in (*self.rights, "words"))
        call = f"ON {self.table} FOR EACH ROW"
        return (
            f"""
            CREATE TABLE IF NOT EXISTS {self.name}_words (
                {self.key} uuid PRIMARY KEY REFERENCES {self.table} (id) ON DELETE CASCADE, {columns}, words tsvector NOT NULL
            )
            """,
            f"""
            CREATE OR REPLACE FUNCTION {self.name}_words_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO {self.name}_words ({self.kept}) VALUES ({self.values("NEW")})
                ON CONFLICT ({self.key}) DO UPDATE SET {changed};
                RETURN NULL;
            END $$
            """,  # noqa: S608 - own names
            f"CREATE OR REPLACE TRIGGER {self.name}_words_insert AFTER INSERT {call} EXECUTE FUNCTION {self.name}_words_change()",
            f"""
            CREATE OR REPLACE TRIGGER {self.name}_words_update AFTER UPDATE OF {", ".join(watched)} {call}
            WHEN ({differs}) EXECUTE FUNCTION {self.name}_words_change()
            """,
        )

    @property
    def portion(self) -> str:
        """Adds the words of some rows after `:last`, and gives the last of them. A row that is being removed is not one."""
        return f"""
        WITH portion AS MATERIALIZED (
            SELECT id FROM {self.table} WHERE id > :last ORDER BY id LIMIT {PORTION} FOR KEY SHARE
        ), added AS (
            INSERT INTO {self.name}_words ({self.kept}) SELECT {self.values("one")}
            FROM {self.table} AS one WHERE id IN (SELECT id FROM portion) ON CONFLICT DO NOTHING
        )
        SELECT id FROM portion ORDER BY id DESC LIMIT 1
        """  # noqa: S608 - own names


ZAAK = Found(
    "zaak",
    "zaak_id",
    {"zaaktype_id": "uuid NOT NULL", "vertrouwelijkheid": "smallint NOT NULL"},
    ("identificatie", "omschrijving", "toelichting", "kenmerken"),
    "zaak",
)
DOCUMENT = Found(
    "enkelvoudiginformatieobject",
    "eio_id",
    {
        "informatieobjecttype_id": "uuid NOT NULL",
        "vertrouwelijkheid": "smallint NOT NULL",
        "is_gereed_voor_publicatie": "boolean",
    },
    ("identificatie", "titel", "beschrijving", "trefwoorden", "bestandsnaam"),
    "document",
)


def upgrade() -> None:
    for statement in (*FUNCTIONS, *ZAAK.statements(), *DOCUMENT.statements()):
        op.execute(statement)
    with op.get_context().autocommit_block():
        for found in (ZAAK, DOCUMENT):
            last = "00000000-0000-0000-0000-000000000000"
            while last:
                last = op.get_bind().execute(text(found.portion), {"last": str(last)}).scalar()
            op.execute(f"DROP INDEX IF EXISTS {found.name}_words_found")
            op.execute(
                f"CREATE INDEX CONCURRENTLY {found.name}_words_found ON {found.name}_words USING gin (words) "
                "WITH (gin_pending_list_limit = 512)"
            )


def downgrade() -> None:
    for found in (ZAAK, DOCUMENT):
        for event in ("insert", "update"):
            op.execute(f"DROP TRIGGER {found.name}_words_{event} ON {found.table}")
        op.execute(f"DROP FUNCTION {found.name}_words_change")
        op.execute(f"DROP TABLE {found.name}_words")
        op.execute(f"DROP FUNCTION words_of_{found.name}")
    op.execute("DROP FUNCTION words_of_number, words_of, folded")
    op.execute("DROP TEXT SEARCH CONFIGURATION whole_words")
    op.execute("DROP TEXT SEARCH DICTIONARY whole_word")
