"""A routeerproef: the same decision as for a real signaal, and nothing stored."""

import pytest

from tests.services.meldingen.dorp import EAST, OUTSIDE, ROUTERING, Dorp


async def probeer(dorp: Dorp, als: str = "regie", **body: object) -> dict[str, object]:
    answer = await dorp.als(als).post(f"{ROUTERING}/routeerproeven", json=body)
    return answer.json() | {"http": answer.status_code}


async def test_without_the_scope_is_refused(dorp: Dorp) -> None:
    assert (await probeer(dorp, als="portaal", omschrijving="gat"))["http"] == 403


@pytest.mark.parametrize("text", ["Diep gat", "Boom om", "Herrie", "Niets"])
async def test_it_decides_as_a_real_signaal_would(dorp: Dorp, text: str) -> None:
    proef = await probeer(dorp, omschrijving=text, locatie=EAST)
    assert await dorp.events() == []
    melding = await dorp.melding(text, plaats=EAST)
    assert proef["http"] == 200
    assert {name: proef[name] for name in ("categorie", "wijk", "buurt", "afdeling", "ploeg")} == {
        name: melding[name] for name in ("categorie", "wijk", "buurt", "afdeling", "ploeg")
    }
    assert (proef["regel"], proef["uitleg"]) == (
        melding["routeerbesluit"]["regel"],
        melding["routeerbesluit"]["uitleg"],
    )


async def test_it_tells_why_earlier_rules_did_not_fit(dorp: Dorp) -> None:
    proef = await probeer(dorp, omschrijving="Boom om", locatie=OUTSIDE)
    assert proef["binnenGebied"] is False
    assert proef["overgeslagen"] == [
        {"regel": "boom-met-spoed", "reden": "de urgentie is normaal"},
        {"regel": "wegen", "reden": "de hoofdcategorie is groen"},
    ]
