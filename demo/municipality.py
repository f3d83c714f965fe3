"""The files of a municipality (`demo/gm9001`), read, with relative dates made real."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "gm9001"
Case = dict[str, Any]


@dataclass(frozen=True)
class Municipality:
    """Everything in the folder; the expectations (`verwacht`) are passed on as they were written."""

    today: date
    gemeente: dict[str, Any]
    gebieden: list[dict[str, Any]]
    afdelingen: list[dict[str, Any]]
    afdelingsprofielen: list[dict[str, Any]]
    ploegen: list[dict[str, Any]]
    hoofdcategorieen: list[dict[str, Any]]
    categorieen: list[dict[str, Any]]
    routeerregels: list[dict[str, Any]]
    huishoudens: list[dict[str, Any]]
    volgindicaties: list[dict[str, Any]]
    verhuizingen: list[Case]
    meldingen: list[Case]
    secrets: dict[str, str] = field(repr=False)

    @classmethod
    def load(cls, today: date, folder: Path = FOLDER) -> "Municipality":
        """Read the folder. Dates count from `today`."""

        def read(name: str) -> Any:
            return yaml.safe_load((folder / name).read_text())

        afdelingen, categorieen = read("afdelingen.yaml"), read("categorieen.yaml")
        meldingen = [case for path in sorted((folder / "meldingen").glob("*.yaml")) for case in read(str(path))]
        return cls(
            today=today,
            gemeente=read("gemeente.yaml"),
            gebieden=json.loads((folder / "gebieden.geojson").read_text())["features"],
            afdelingen=afdelingen["afdelingen"],
            afdelingsprofielen=afdelingen["afdelingsprofielen"],
            ploegen=read("ploegen.yaml"),
            hoofdcategorieen=categorieen["hoofdcategorieen"],
            categorieen=categorieen["categorieen"],
            routeerregels=read("routeerregels.yaml"),
            huishoudens=read("huishoudens.yaml"),
            volgindicaties=read("volgindicaties.yaml"),
            verhuizingen=[_dated(case, today) for case in read("verhuizingen.yaml")],
            meldingen=meldingen,
            secrets=dict(_secrets(read("applicaties.yaml"))),
        )

    def only(self, verhuizingen: Collection[str], meldingen: int) -> "Municipality":
        """The same municipality with these verhuizingen and the first so many meldingen of each theme (tests)."""
        themes: dict[str, list[Case]] = {}
        for case in self.meldingen:
            themes.setdefault(case["verwacht"].get("categorie", ""), []).append(case)
        kept = {case["naam"] for cases in themes.values() for case in cases[:meldingen]}
        chosen = [
            case
            for case in self.meldingen
            if case["naam"] in kept and case["verwacht"].get("gekoppeldAan", case["naam"]) in kept
        ]
        return replace(
            self,
            verhuizingen=[case for case in self.verhuizingen if case["naam"] in verhuizingen],
            meldingen=chosen,
        )

    def persons(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Every person with the nummeraanduidingId where it lives at the start."""
        for household in self.huishoudens:
            for person in household["personen"]:
                yield person, household["adres"]["nummeraanduidingId"]

    def born(self, person: dict[str, Any]) -> date:
        """Date of birth; a relative one is so many years and then days before today."""
        given = person["geboortedatum"]
        if isinstance(given, dict):
            return _years_before(self.today, given["jaren"]) - timedelta(days=given["dagen"])
        return date.fromisoformat(str(given))


def _secrets(declared: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for applicatie in declared["applicaties"]:
        for credential in applicatie["credentials"]:
            yield credential["clientId"], credential["secret"]


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _dated(case: Case, today: date) -> Case:
    """The case with `datumVerhuizing` as a date, wherever it stands."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: (today + timedelta(days=entry)).isoformat()
                if name == "datumVerhuizing" and isinstance(entry, int)
                else walk(entry)
                for name, entry in value.items()
            }
        return [walk(entry) for entry in value] if isinstance(value, list) else value

    dated: Case = walk(case)
    return dated
