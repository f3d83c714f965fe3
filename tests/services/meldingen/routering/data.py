"""What is the same for every resource of the inrichting: rights, a taken code, a code that cannot change, replacing."""

import uuid
from typing import Any

from tests.services.meldingen.dorp import ROUTERING, Dorp, codes


async def check_rights(dorp: Dorp, path: str, body: dict[str, Any]) -> None:
    """Reading and writing are rights of their own, and existence is not told to who has none."""
    collection, one = f"{ROUTERING}/{path}", f"{ROUTERING}/{path}/{uuid.uuid4()}"
    assert (await dorp.service.anonymous().get(collection)).status_code == 401
    for client in ("niets", "portaal", "wegen"):
        assert (await dorp.als(client).get(collection)).status_code == 403, client
        assert (await dorp.als(client).get(one)).status_code == 403, client
    for client in ("niets", "regie"):
        assert (await dorp.als(client).post(collection, json=body)).status_code == 403, client
        assert (await dorp.als(client).put(one, json=body)).status_code == 403, client
    assert (await dorp.als("regie").get(one)).status_code == 404
    assert (await dorp.als("beheer").put(one, json=body)).status_code == 404


async def check_data(dorp: Dorp, path: str, body: dict[str, Any], change: dict[str, Any]) -> None:
    """Made, found by code, read, replaced; a code is taken once and never changes."""
    made = await dorp.als("beheer").post(f"{ROUTERING}/{path}", json=body)
    assert made.status_code == 201, made.text
    row = made.json()
    assert body.items() <= row.items()
    assert (await dorp.als("regie").get(row["url"])).json() == row
    found = (await dorp.als("regie").get(f"{ROUTERING}/{path}", params={"code": body["code"]})).json()
    assert found["results"] == [row]
    again = await dorp.als("beheer").post(f"{ROUTERING}/{path}", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "code-bestaat-al")
    replaced = await dorp.als("beheer").put(row["url"], json={**body, **change})
    assert replaced.status_code == 200, replaced.text
    assert replaced.json() == {**row, **change}
    assert (await dorp.als("regie").get(row["url"])).json() == replaced.json()
    other = await dorp.als("beheer").put(row["url"], json={**body, "code": "anders"})
    assert (other.status_code, codes(other)) == (400, {("code", "wijzigen-niet-toegelaten")})
    for code in ("geen", "Hoofdletters", "a.b", "", "x" * 61):
        refused = await dorp.als("beheer").post(f"{ROUTERING}/{path}", json={**body, "code": code})
        assert (refused.status_code, {name for name, _ in codes(refused)}) == (400, {"code"}), code
