"""The sweep takes what has no row and nothing else, whoever sweeps at the same time and whatever comes meanwhile."""

import asyncio
import uuid
from pathlib import Path

import pytest

from chassis.problems import Unavailable
from services.zaken.documenten.opslag import sweeping
from services.zaken.documenten.opslag.sweeping import sweep
from tests.services.zaken.documenten.making import INHOUD, Documenten


@pytest.fixture
def folder(documenten: Documenten, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for content, of which everything is old enough to be swept."""
    settings = documenten.zaken.service.runtime.settings
    monkeypatch.setattr(settings, "documenten_folder", str(tmp_path / "inhoud"))
    monkeypatch.setattr(settings, "documenten_sweep", -60)
    monkeypatch.setattr(sweeping, "BATCH", 7)
    return tmp_path / "inhoud"


def strew(folder: Path, count: int) -> None:
    """Objects without a row, whole and half."""
    for number in range(count):
        name = str(uuid.uuid4())
        (folder / name[-2:]).mkdir(parents=True, exist_ok=True)
        (folder / name[-2:] / (name + (".komt" if number % 2 else ""))).write_bytes(b"wees")


def sizes(folder: Path) -> list[int]:
    """Of what is in the store."""
    return [path.stat().st_size for path in folder.glob("*/*")]


async def test_several_sweep_at_once_while_documents_come(documenten: Documenten, folder: Path) -> None:
    runtime = documenten.zaken.service.runtime
    first = await documenten.make()
    strew(folder, 50)
    await asyncio.gather(sweep(runtime), sweep(runtime))
    assert sizes(folder) == [len(INHOUD) + 16]
    assert (await documenten.client.get(first["inhoud"])).content == INHOUD


async def test_what_is_young_stays(documenten: Documenten, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = documenten.zaken.service.runtime
    monkeypatch.setattr(runtime.settings, "documenten_sweep", 3600)
    strew(folder, 3)
    assert await sweep(runtime) == 0


async def test_an_empty_database_leaves_the_content_of_another(
    documenten: Documenten, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 1000)
    strew(folder, 120)
    assert await sweep(documenten.zaken.service.runtime) == 0
    assert len(sizes(folder)) == 120
    await documenten.make()
    assert await sweep(documenten.zaken.service.runtime) == 120


async def test_nothing_yet(documenten: Documenten, folder: Path) -> None:
    assert await sweep(documenten.zaken.service.runtime) == 0


async def test_a_store_that_is_away_is_tried_again_later(
    documenten: Documenten, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = documenten.zaken.service.runtime
    monkeypatch.setattr(runtime.settings, "documenten_s3", "bucket")
    monkeypatch.setattr(runtime.settings, "documenten_s3_endpoint", "http://127.0.0.1:1")
    with pytest.raises(Unavailable):
        await sweep(runtime)
