"""What is committed in contracts/ is what the services promise; `make contracts` writes it."""

import pytest

from meent import contracts


@pytest.fixture(scope="module")
def promised() -> dict[str, str]:
    return contracts.documents()


def test_what_is_committed_is_what_is_promised(promised):
    assert sorted(contracts.differences(promised)) == [], "run make contracts and commit what it wrote"


def test_generating_twice_gives_the_same_text(promised):
    assert contracts.documents() == promised


def test_the_check_says_what_differs_and_writes_nothing(promised, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(contracts, "FOLDER", tmp_path)
    monkeypatch.setattr(contracts, "documents", lambda: promised)
    assert contracts.main(check=True) == 1
    assert "contracts/surface.txt is not what the services promise" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_writing_adds_changes_and_removes(promised, tmp_path, monkeypatch):
    monkeypatch.setattr(contracts, "FOLDER", tmp_path)
    monkeypatch.setattr(contracts, "documents", lambda: promised)
    (tmp_path / "openapi").mkdir()
    (tmp_path / "openapi/gone.yaml").write_text("of an API that is no more")
    (tmp_path / "surface.txt").write_text("old")
    (tmp_path / "deviations.yaml").write_text("by hand")
    assert contracts.main() == 0
    assert contracts.main(check=True) == 0
    assert not (tmp_path / "openapi/gone.yaml").exists()
    assert (tmp_path / "deviations.yaml").read_text() == "by hand"


def test_no_operation_id_is_used_twice_by_one_api(promised):
    lines = [line.split() for line in promised["surface.txt"].splitlines()]
    named = [(path.split("/")[1], operation) for _, operation, _, path in lines]
    assert sorted(set(named)) == sorted(named)
