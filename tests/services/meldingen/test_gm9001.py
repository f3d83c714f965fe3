"""The synthetic gemeente of the demo: its hand-written expectations beside what our rules do, through the API."""

import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from chassis.testing.plugin import MakeService
from chassis.testing.service import ServiceUnderTest
from tests.services.meldingen.dorp import MELDINGEN, RECHTEN, ROUTERING

FOLDER = Path(__file__).parents[3] / "demo" / "gm9001"
pytestmark = pytest.mark.skipif(not (FOLDER / "meldingen").is_dir(), reason="the demo's data is not there")


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


def cases() -> list[dict[str, Any]]:
    """Every case of every theme, in the order of the files: duplicates come after what they are duplicates of."""
    return [case for path in sorted((FOLDER / "meldingen").glob("*.yaml")) for case in read(f"meldingen/{path.name}")]


async def load(beheer: httpx.AsyncClient) -> None:
    categorieen = read("categorieen.yaml")
    features = json.loads((FOLDER / "gebieden.geojson").read_text("utf-8"))["features"]
    for path, items in (
        ("afdelingen", read("afdelingen.yaml")["afdelingen"]),
        ("ploegen", read("ploegen.yaml")),
        ("gebieden", [{**feature["properties"], "geometrie": feature["geometry"]} for feature in features]),
        ("categorieen", categorieen["hoofdcategorieen"] + categorieen["categorieen"]),
        ("routeerregels", read("routeerregels.yaml")),
    ):
        for item in items:
            answer = await beheer.post(f"{ROUTERING}/{path}", json=item)
            assert answer.status_code == 201, f"{path} {item}: {answer.text}"


@pytest.fixture
async def gemeente(service: MakeService) -> ServiceUnderTest:
    made = await service("meldingen")
    await load(made.client("beheer", RECHTEN["beheer"]))
    return made


@pytest.mark.timeout(120)
async def test_every_melding_goes_where_a_person_said_it_should(gemeente: ServiceUnderTest) -> None:
    portaal, regie = gemeente.client("portaal", RECHTEN["portaal"]), gemeente.client("regie", RECHTEN["regie"])
    answers: dict[str, httpx.Response] = {}
    for case in cases():
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answers[case["naam"]] = await portaal.post(f"{MELDINGEN}/signalen", json=case["indienen"], headers=headers)
    listed = (await regie.get(f"{MELDINGEN}/meldingen?pageSize=500")).json()["results"]
    meldingen = {melding["url"]: melding for melding in listed}
    wrong = [
        f"{case['naam']}: {what} expected {expected!r}, found {found!r}"
        for case in cases()
        for what, expected, found in compare(case, answers, meldingen)
        if expected != found
    ]
    assert wrong == []
    assert len(answers) == 200


def compare(
    case: dict[str, Any], answers: dict[str, httpx.Response], meldingen: dict[str, dict[str, Any]]
) -> list[tuple[str, Any, Any]]:
    """(what, expected, found) of everything a case says."""
    verwacht, answer = case["verwacht"], answers[case["naam"]]
    result: list[tuple[str, Any, Any]] = [("http", verwacht["http"], answer.status_code)]
    body = answer.json()
    if answer.status_code != 201:
        params = body.get("invalidParams", [])
        if "velden" in verwacht:
            result.append(("velden", sorted(verwacht["velden"]), sorted({entry["name"] for entry in params})))
        if "code" in verwacht:
            result.append(("code", True, verwacht["code"] in {body["code"], *(entry["code"] for entry in params)}))
        return result
    melding = meldingen[body["melding"]]
    result.append(("gekoppeld", "gekoppeldAan" in verwacht, body["gekoppeldAanBestaande"]))
    if "gekoppeldAan" in verwacht:
        result.append(("gekoppeldAan", answers[verwacht["gekoppeldAan"]].json()["melding"], body["melding"]))
    names = [name for name in ("wijk", "afdeling", "ploeg", "urgentie") if name in verwacht]
    result += [(name, verwacht[name], melding[name]) for name in names]
    if "categorie" in verwacht:
        result.append(("categorie", verwacht["categorie"], melding["categorie"] or "geen"))
    return result
