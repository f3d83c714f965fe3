"""Signalen: rights, content, where they lead, and that the same problem reported twice is one melding."""

import asyncio
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock
from services.meldingen.kenmerk import is_kenmerk
from tests.services.meldingen.dorp import BORDER, EAST, GAT, MELDINGEN, OUTSIDE, WEST, Dorp, codes

MELDER = {"naam": "Canarievogel Pietersen", "email": "canarie@voorbeeld.example", "telefoon": "06 0000 0099"}
BODY = {"omschrijving": GAT, "locatie": WEST}


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


async def count(dorp: Dorp, table: str) -> int:
    return (await dorp.service.runtime.database.fetch(f"SELECT count(*) AS n FROM {table}"))[0]["n"]


class TestRights:
    async def test_without_token_is_refused(self, dorp: Dorp) -> None:
        answer = await dorp.service.anonymous().post(f"{MELDINGEN}/signalen", json=BODY, headers=key())
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")

    async def test_without_the_scope_is_refused(self, dorp: Dorp) -> None:
        answer = await dorp.als("regie").post(f"{MELDINGEN}/signalen", json=BODY, headers=key())
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        assert await count(dorp, "signaal") == 0

    async def test_a_signaal_is_read_by_whoever_sent_it_and_by_whoever_handles_it(self, dorp: Dorp) -> None:
        url = (await dorp.meld()).json()["url"]
        assert (await dorp.als("portaal").get(url)).json()["omschrijving"] == GAT
        assert (await dorp.als("regie").get(url)).status_code == 200
        assert (await dorp.als("ander@portaal").get(url)).status_code == 404
        assert (await dorp.als("niets").get(url)).status_code == 403
        assert (await dorp.als("portaal").get(f"{MELDINGEN}/signalen/{uuid.uuid4()}")).status_code == 404


class TestContent:
    async def test_the_idempotency_key_is_required(self, dorp: Dorp) -> None:
        answer = await dorp.als("portaal").post(f"{MELDINGEN}/signalen", json=BODY)
        assert answer.status_code == 400
        assert codes(answer) == {("Idempotency-Key", "required")}
        assert await count(dorp, "signaal") == 0

    async def test_everything_that_is_wrong_is_named_at_once(self, dorp: Dorp) -> None:
        answer = await dorp.meld(
            "a\u0007" * 1501,
            OUTSIDE,
            categorie="ufo",
            melder={"email": "geen adres", "telefoon": "12"},
        )
        assert answer.status_code == 400
        assert codes(answer) == {
            ("omschrijving", "max_length"),
            ("omschrijving", "stuurteken"),
            ("locatie", "locatie-buiten-gebied"),
            ("categorie", "categorie-onbekend"),
            ("melder.email", "email-ongeldig"),
            ("melder.telefoon", "telefoon-ongeldig"),
        }
        assert (await count(dorp, "signaal"), await dorp.events()) == (0, [])

    @pytest.mark.parametrize(
        ("body", "wrong"),
        [
            ({"omschrijving": "   "}, ("omschrijving", "min_length")),
            ({"omschrijving": "a\u0008b"}, ("omschrijving", "stuurteken")),
            ({"locatie": {"lon": 52.705, "lat": 5.305}}, ("locatie", "locatie-buiten-gebied")),
            ({"locatie": {"lon": 1e300, "lat": -1e300}}, ("locatie", "locatie-buiten-gebied")),
            ({"locatie": {"lon": 5.305}}, ("locatie.lat", "required")),
            ({"locatie": None}, ("locatie", "null")),
            ({"categorie": "wegen"}, ("categorie", "categorie-onbekend")),
            ({"urgentie": "direct"}, ("urgentie", "invalid_choice")),
        ],
    )
    async def test_bad_content(self, dorp: Dorp, body: dict[str, Any], wrong: tuple[str, str]) -> None:
        answer = await dorp.als("portaal").post(f"{MELDINGEN}/signalen", json={**BODY, **body}, headers=key())
        assert (answer.status_code, codes(answer)) == (400, {wrong})

    @pytest.mark.parametrize(
        "body",
        [
            b'{"omschrijving": "\\ud800", "locatie": {"lon": 5.305, "lat": 52.705}}',
            b"[]",
            b"{",
            b'{"omschrijving": "gat", "locatie": {"lon": NaN, "lat": 1e999}}',
        ],
    )
    async def test_what_is_no_text_is_refused(self, dorp: Dorp, body: bytes) -> None:
        headers = {**key(), "content-type": "application/json"}
        assert (
            await dorp.als("portaal").post(f"{MELDINGEN}/signalen", content=body, headers=headers)
        ).status_code == 400

    async def test_three_thousand_characters_with_emoji_and_lines(self, dorp: Dorp) -> None:
        text = ("gat 🕳️\r\n" * 600)[:3000].strip()
        answer = await dorp.meld(text)
        assert answer.status_code == 201
        assert answer.json()["omschrijving"] == text.replace("\r\n", "\n")


class TestMelding:
    async def test_a_new_problem_becomes_a_melding_with_a_taak(self, dorp: Dorp) -> None:
        answer = await dorp.meld(urgentie="spoed")
        signaal = answer.json()
        assert answer.status_code == 201, answer.text
        assert is_kenmerk(signaal["kenmerk"])
        assert signaal["gekoppeldAanBestaande"] is False
        assert answer.headers["location"] == signaal["url"]
        melding = (await dorp.als("regie").get(signaal["melding"])).json()
        assert (melding["categorie"], melding["hoofdcategorie"], melding["categorieHerkomst"]) == (
            "gat-in-weg",
            "wegen",
            "voorstel",
        )
        assert (melding["wijk"], melding["buurt"]) == ("wk1", "bu11")
        assert (melding["afdeling"], melding["ploeg"], melding["urgentie"]) == ("openbare-ruimte", "wegen", "spoed")
        assert (melding["status"], melding["resultaat"]) == ("gemeld", None)
        assert melding["uiterlijkOp"] == (clock.today() + timedelta(days=5)).isoformat()
        assert melding["routeerbesluit"]["regel"] == "wegen"
        assert "hoofdcategorie is wegen" in melding["routeerbesluit"]["uitleg"]
        assert await dorp.events() == [
            ("melding-gemeld", "mor.v1.gm9001.melding.openbare-ruimte.wegen.gat-in-weg.wk1.gemeld"),
            ("taak-aangemaakt", "mor.v1.gm9001.taak.wegen.aangemaakt"),
        ]

    async def test_without_category_regie_gets_it_and_no_ploeg(self, dorp: Dorp) -> None:
        melding = await dorp.melding("Het is weer zover")
        assert (melding["categorie"], melding["categorieHerkomst"]) == (None, "geen")
        assert (melding["afdeling"], melding["ploeg"]) == ("regie", None)
        assert await dorp.taken(melding) == []
        assert await dorp.events() == [("melding-gemeld", "mor.v1.gm9001.melding.regie.geen.geen.wk1.gemeld")]

    async def test_what_the_melder_chose_counts(self, dorp: Dorp) -> None:
        melding = await dorp.melding("Een tak in een gat", categorie="losse-tegel")
        assert (melding["categorie"], melding["categorieVoorstel"], melding["categorieHerkomst"]) == (
            "losse-tegel",
            None,
            "melder",
        )

    async def test_the_border_belongs_to_the_lowest_code(self, dorp: Dorp) -> None:
        assert (await dorp.melding(plaats=BORDER))["wijk"] == "wk1"
        assert (await dorp.melding(plaats={"lon": 5.32, "lat": 52.71}))["wijk"] == "wk2"

    async def test_nothing_of_the_melder_stands_readable_anywhere(self, dorp: Dorp) -> None:
        text = "Mijn buurman Zonderling Jansen graaft een gat"
        answer = await dorp.meld(text, melder=MELDER)
        assert answer.json()["heeftContact"] is True
        assert not set(MELDER) & set(answer.json())
        melding = (await dorp.als("regie").get(answer.json()["melding"])).json()
        await dorp.doe((await dorp.taken(melding))[0], "niet-uitvoeren", reden="Zonderling was kwaad")
        tables = await dorp.service.runtime.database.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        for table in tables:
            rows = await dorp.service.runtime.database.fetch(f'SELECT t::text AS line FROM "{table["tablename"]}" t')
            for row in rows:
                plain = row["line"] + bytes.fromhex("".join(re.findall(r"\\+x([0-9a-f]*)", row["line"]))).decode(
                    "latin-1"
                )
                for word in ("Zonderling", "Canarie", "canarie@", "0000 0099"):
                    assert word not in plain, table["tablename"]


class TestDouble:
    async def test_the_same_key_is_one_signaal(self, dorp: Dorp) -> None:
        headers = key()
        first = await dorp.als("portaal").post(f"{MELDINGEN}/signalen", json=BODY, headers=headers)
        again = await dorp.als("portaal").post(f"{MELDINGEN}/signalen", json=BODY, headers=headers)
        assert (again.status_code, again.json()) == (201, first.json())
        assert await count(dorp, "signaal") == 1

    async def test_a_known_problem_nearby_is_joined(self, dorp: Dorp) -> None:
        first = (await dorp.meld()).json()
        near = {"lon": WEST["lon"] + 0.0003, "lat": WEST["lat"]}  # 20 m
        second = (await dorp.meld("Kuil!", near, urgentie="spoed")).json()
        assert second["gekoppeldAanBestaande"] is True
        assert second["melding"] == first["melding"]
        assert second["kenmerk"] != first["kenmerk"]
        melding = (await dorp.als("regie").get(first["melding"])).json()
        assert (melding["aantalSignalen"], melding["urgentie"]) == (2, "spoed")
        (taak,) = await dorp.taken(melding)
        assert (taak["urgentie"], taak["versie"]) == ("spoed", 2)
        assert [name for name, _ in await dorp.events()] == [
            "melding-gemeld",
            "taak-aangemaakt",
            "melding-signaal-toegevoegd",
            "taak-gewijzigd",
        ]

    @pytest.mark.parametrize(
        ("text", "plaats"), [("Kuil", {"lon": 5.3056, "lat": 52.705}), ("Losse tegel", WEST), ("Kuil", EAST)]
    )
    async def test_far_away_or_of_another_category_is_another_melding(
        self, dorp: Dorp, text: str, plaats: dict[str, float]
    ) -> None:
        await dorp.meld()
        assert (await dorp.meld(text, plaats)).json()["gekoppeldAanBestaande"] is False

    async def test_a_category_that_does_not_join_makes_two(self, dorp: Dorp) -> None:
        await dorp.meld("Losse tegel")
        assert (await dorp.meld("Losse tegel")).json()["gekoppeldAanBestaande"] is False

    async def test_an_old_or_ended_melding_is_not_joined(self, dorp: Dorp) -> None:
        with clock.frozen(clock.now() - timedelta(days=10, minutes=1)):
            assert (await dorp.meld(als="vroeger@portaal")).status_code == 201
        taak = await dorp.taak()
        assert (await dorp.doe(taak, "voltooien")).status_code == 201
        assert (await dorp.meld()).json()["gekoppeldAanBestaande"] is False
        assert await count(dorp, "melding") == 3

    async def test_many_at_once_are_one_melding(self, dorp: Dorp) -> None:
        answers = await asyncio.gather(*(dorp.meld() for _ in range(8)))
        assert [answer.status_code for answer in answers] == [201] * 8
        assert len({answer.json()["melding"] for answer in answers}) == 1
        assert sum(not answer.json()["gekoppeldAanBestaande"] for answer in answers) == 1
        assert (await count(dorp, "melding"), await count(dorp, "signaal"), await count(dorp, "taak")) == (1, 8, 1)
