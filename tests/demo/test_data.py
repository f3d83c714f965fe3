"""The demo's data files are right in themselves: checked with plain code that no service shares."""

import json
import math
import re
import unicodedata
from collections import Counter
from datetime import date, timedelta
from itertools import combinations, pairwise
from pathlib import Path

import pytest
import yaml
from shapely.geometry import shape
from shapely.ops import unary_union

DATA = Path(__file__).parents[2] / "demo" / "gm9001"
FIELDS = {
    "personen", "namen", "geboortedata", "vorigAdres", "nieuwAdres", "verhuisdatum", "aantalPersonen", "inwoning",
}  # fmt: skip
SCOPES = {
    "verhuizingen": {
        "verhuizingen.aanmaken", "verhuizingen.lezen", "verhuizingen.verwerken", "opvolgingen.lezen",
        "opvolgingen.bijwerken", "afdelingsprofielen.lezen", "afdelingsprofielen.bijwerken", "volgindicaties.lezen",
        "volgindicaties.bijwerken", "logboekregels.lezen",
    },
    "klanten": {"partijen.lezen", "partijen.aanmaken", "partijen.bijwerken"},
    "meldingen": {
        "signalen.aanmaken", "meldingen.lezen", "meldingen.bijwerken", "taken.lezen", "taken.bijwerken",
        "inrichting.lezen", "inrichting.bijwerken",
    },
    "zrc": {"zaken.lezen", "zaken.aanmaken", "zaken.bijwerken", "zaken.statussen.toevoegen"},
    "ztc": {"catalogi.lezen", "catalogi.schrijven"},
    "ac": {"autorisaties.lezen", "autorisaties.bijwerken"},
    "nrc": {
        "notificaties.consumeren", "notificaties.publiceren", "abonnees.lezen", "afleveringen.lezen",
        "onbestelbare-berichten.lezen", "onbestelbare-berichten.aanbieden",
    },
}  # fmt: skip


def load(name):
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


GEMEENTE = load("gemeente.yaml")
AREAS = json.loads((DATA / "gebieden.geojson").read_text(encoding="utf-8"))["features"]
AFDELINGEN = {item["code"] for item in load("afdelingen.yaml")["afdelingen"]}
PROFILES = {item["afdeling"]: item for item in load("afdelingen.yaml")["afdelingsprofielen"]}
PLOEGEN = {item["code"]: item for item in load("ploegen.yaml")}
CATEGORIES = {item["code"]: item for item in load("categorieen.yaml")["categorieen"]}
RULES = load("routeerregels.yaml")
HOUSEHOLDS = load("huishoudens.yaml")
DWELLINGS = load("woningen.yaml")
FOLLOWED = load("volgindicaties.yaml")
APPLICATIONS = load("applicaties.yaml")["applicaties"]
MOVES = load("verhuizingen.yaml")
REPORTS = [
    item for path in sorted((DATA / "meldingen").glob("*.yaml")) for item in yaml.safe_load(path.read_text("utf-8"))
]

PEOPLE = {person["bsn"]: person for household in HOUSEHOLDS for person in household["personen"]}
HOMES = {person["bsn"]: item["adres"]["nummeraanduidingId"] for item in HOUSEHOLDS for person in item["personen"]}
ADDRESSES = {h["adres"]["nummeraanduidingId"] for h in HOUSEHOLDS} | {w["nummeraanduidingId"] for w in DWELLINGS}
ACCEPTED = [item for item in REPORTS if item["verwacht"]["http"] == 201]
REFUSED = [item for item in REPORTS if item["verwacht"]["http"] != 201]
BY_NAME = {item["naam"]: item for item in REPORTS}
# Days a demo may run on: every 13th of five years, and all around the end of each February.
_FIVE_YEARS = (date(2027, 1, 1) + timedelta(days=n) for n in range(5 * 366))
DAYS = [day for day in _FIVE_YEARS if day.month in {2, 3} or not day.toordinal() % 13]


def named(cases):
    return [pytest.param(case, id=case["naam"]) for case in cases]


# ---- BSNs, households, dwellings


def elfproef(bsn):
    weights = [9, 8, 7, 6, 5, 4, 3, 2, -1]
    return len(bsn) == 9 and sum(w * int(c) for w, c in zip(weights, bsn, strict=True)) % 11 == 0


def test_every_bsn_is_a_different_valid_test_number():
    numbers = [person["bsn"] for household in HOUSEHOLDS for person in household["personen"]]
    assert len(numbers) == len(set(numbers)) == 61
    assert all(elfproef(bsn) and bsn.startswith("9999") for bsn in numbers)


def test_households_and_dwellings_have_their_own_addresses_in_known_wijken():
    assert len(HOUSEHOLDS) == 30
    places = [household["adres"] for household in HOUSEHOLDS] + DWELLINGS
    assert len(ADDRESSES) == len(places)
    assert all(re.fullmatch(r"9001\d{12}", address) for address in ADDRESSES)
    assert len({(p["straat"], p["huisnummer"]) for p in places}) == len(places)
    wijken = {area["properties"]["code"] for area in AREAS if area["properties"]["type"] == "wijk"}
    assert {p["wijk"] for p in places} == wijken
    assert {p["woonplaats"] for p in places} == set(GEMEENTE["woonplaatsen"])
    assert all(re.fullmatch(r"[1-9]\d{3} [A-Z]{2}", p["postcode"]) for p in places)


def test_relations_are_mutual_and_within_the_household():
    inverse = {"partner": "partner", "kind": "ouder", "ouder": "kind"}
    for household in HOUSEHOLDS:
        relations = {(p["bsn"], r["bsn"]): r["soort"] for p in household["personen"] for r in p["relaties"]}
        assert {bsn for pair in relations for bsn in pair} <= {p["bsn"] for p in household["personen"]}
        for (one, other), kind in relations.items():
            assert relations[other, one] == inverse[kind]


# ---- Areas


def area(code):
    return next(shape(item["geometry"]) for item in AREAS if item["properties"]["code"] == code)


def areas(kind):
    return {item["properties"]["code"]: shape(item["geometry"]) for item in AREAS if item["properties"]["type"] == kind}


def test_six_wijken_of_three_buurten_with_well_formed_codes():
    wijken, buurten = areas("wijk"), areas("buurt")
    assert sorted(areas("gemeente")) == ["gm9001"]
    assert (len(wijken), len(buurten)) == (6, 18)
    assert all(re.fullmatch(r"wk9001\d{2}", code) for code in wijken)
    for item in AREAS:
        if item["properties"]["type"] == "buurt":
            assert item["properties"]["wijk"] == "wk" + item["properties"]["code"][2:8]
    assert Counter(code[2:8] for code in buurten) == {code[2:]: 3 for code in wijken}
    assert len({item["properties"]["naam"] for item in AREAS}) == len(AREAS)


def test_polygons_are_valid_and_leave_no_gap_and_no_overlap():
    gemeente = area("gm9001")
    for kind in ("wijk", "buurt"):
        polygons = list(areas(kind).values())
        assert all(p.is_valid and p.geom_type == "Polygon" and not p.interiors for p in polygons)
        assert unary_union(polygons).symmetric_difference(gemeente).area == 0
        assert all(one.intersection(other).area == 0 for one, other in combinations(polygons, 2))
    for code, polygon in areas("wijk").items():
        parts = [buurt for name, buurt in areas("buurt").items() if name[2:8] == code[2:]]
        assert unary_union(parts).symmetric_difference(polygon).area == 0


def test_the_municipality_lies_within_the_netherlands_and_its_boundary_is_stated():
    west, south, east, north = area("gm9001").bounds
    assert GEMEENTE["code"] == "gm9001"
    assert GEMEENTE["boundary"] == [west, south, east, north]
    assert 3.3 < west < east < 7.3
    assert 50.7 < south < north < 53.6


# ---- Afdelingen, ploegen, categories, rules


def test_eight_afdelingen_have_a_profile_and_burgerzaken_has_none():
    assert set(PROFILES) == {
        "belastingen", "woz", "afval", "parkeren", "wmo", "participatie", "leerplicht", "begraafplaatsen",
    }  # fmt: skip
    assert set(PROFILES) < AFDELINGEN
    assert "burgerzaken" in AFDELINGEN
    for profile in PROFILES.values():
        assert profile["trigger"] == "verwerkt"
        assert profile["volgt"] in {"alle", "personen", "adressen"}
        assert set(profile["gegevens"]) <= FIELDS
        assert len(set(profile["gegevens"])) == len(profile["gegevens"])
        assert profile["grondslag"]
        assert profile["doelbinding"]
        assert profile["verwerkingsactiviteit"].startswith("https://gm9001.example/")
        assert profile["termijnDagen"] > 0


def test_afval_gets_no_person_and_nobody_gets_names():
    assert PROFILES["afval"]["gegevens"] == ["vorigAdres", "nieuwAdres", "verhuisdatum", "aantalPersonen"]
    assert not [p for p in PROFILES.values() if {"namen", "geboortedata"} & set(p["gegevens"])]


def test_codes_can_be_tokens_of_a_subject():
    codes = [*AFDELINGEN, *PLOEGEN, *CATEGORIES, *(item["hoofd"] for item in CATEGORIES.values())]
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code) for code in codes)
    assert "geen" not in codes


def test_every_trefwoord_is_one_whole_word_of_one_category():
    words = [fold(word) for item in CATEGORIES.values() for word in item["trefwoorden"]]
    assert len(words) == len(set(words))
    assert all(re.fullmatch(r"[a-z]+", word) for word in words)
    groups = {item["code"] for item in load("categorieen.yaml")["hoofdcategorieen"]}
    assert {item["hoofd"] for item in CATEGORIES.values()} == groups
    assert {item["afdeling"] for item in CATEGORIES.values()} <= AFDELINGEN
    assert {item["ontdubbelen"] for item in CATEGORIES.values()} == {"uit", "automatisch"}


def test_rules_are_in_order_know_their_codes_and_end_with_a_catch_all():
    assert [rule["volgorde"] for rule in RULES] == sorted({rule["volgorde"] for rule in RULES})
    known = {
        "categorie": set(CATEGORIES),
        "hoofdcategorie": {item["hoofd"] for item in CATEGORIES.values()},
        "wijk": set(areas("wijk")),
        "buurt": set(areas("buurt")),
        "urgentie": {"normaal", "spoed"},
    }
    for rule in RULES:
        for condition in rule["voorwaarde"]["alle"]:
            assert set(condition["in"]) <= known[condition["veld"]]
        afdeling, ploeg = rule["gevolg"]["afdeling"], rule["gevolg"]["ploeg"]
        assert afdeling in AFDELINGEN
        assert ploeg is None or PLOEGEN[ploeg]["afdeling"] == afdeling
    assert [rule["naam"] for rule in RULES if not rule["voorwaarde"]["alle"]] == [RULES[-1]["naam"]]
    assert RULES[-1]["gevolg"] == {"afdeling": "regie", "ploeg": None}


# ---- Applications


def test_every_addressee_has_a_client_bound_to_itself():
    bound = {}
    for application in APPLICATIONS:
        for right in application["autorisaties"]:
            assert set(right["scopes"]) <= SCOPES[right["component"]]
        [credential] = application["credentials"]
        bound[credential["clientId"]] = application["autorisaties"]
    for code in PROFILES:
        assert [right["afdeling"] for right in bound[f"afdeling-{code}"]] == [code]
    for code in PLOEGEN:
        assert [right["ploeg"] for right in bound[f"apparaat-{code}-1"]] == [code]
    assert {"portaal", "burgerzaken", "klanten", "regie", "beheer"} < set(bound)
    assert len(bound) == len(APPLICATIONS)


def test_secrets_are_long_different_and_say_that_they_are_for_the_demo():
    secrets = [c["secret"] for application in APPLICATIONS for c in application["credentials"]]
    assert len(secrets) == len(set(secrets))
    assert all(len(secret) >= 32 and secret.startswith("demo-secret-") for secret in secrets)
    assert "Never use this file outside the demo" in (DATA / "applicaties.yaml").read_text("utf-8")


# ---- Verhuizingen


def birthday(person, today):
    born = person["geboortedatum"]
    if isinstance(born, str):
        return date.fromisoformat(born)
    day = today.replace(year=today.year - born["jaren"], day=28 if (today.month, today.day) == (2, 29) else today.day)
    return day - timedelta(days=born["dagen"])


def age(born, day):
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def movers(case):
    body = case["indienen"]
    return [body["aangever"]["bsn"], *(item["bsn"] for item in body["meeverhuizers"])]


def concerned(profile, case, today):
    """The movers a profile concerns; None when it does not match at all."""
    day = today + timedelta(days=case["indienen"]["datumVerhuizing"])
    rows = [row for row in FOLLOWED if row["afdeling"] == profile["afdeling"]]
    rows = [r for r in rows if date.fromisoformat(r["van"]) <= day <= date.fromisoformat(r.get("tot", "9999-12-31"))]
    people = movers(case)
    if profile["volgt"] == "personen":
        people = [bsn for bsn in people if bsn in {row["bsn"] for row in rows}]
    elif profile["volgt"] == "adressen":
        ends = {case["indienen"][end]["nummeraanduidingId"] for end in ("vorigAdres", "nieuwAdres")}
        people = people if ends & {row["nummeraanduidingId"] for row in rows} else []
    if "voorwaarde" in profile:
        low, high = profile["voorwaarde"]["leeftijdVan"], profile["voorwaarde"]["leeftijdTot"]
        people = [bsn for bsn in people if low <= age(birthday(PEOPLE[bsn], today), day) <= high]
    return people or None


def was_processed(case):
    return any(a["actie"] == "verwerken" and a["verwacht"].get("status") == "verwerkt" for a in case["acties"])


def test_there_are_25_verhuizingen_with_different_names():
    assert len({case["naam"] for case in MOVES}) == len(MOVES) == 25


@pytest.mark.parametrize("case", named(MOVES))
def test_verhuizing_refers_to_people_and_addresses_that_exist(case):
    body = case["indienen"]
    if case["verwacht"].get("velden") == ["aangever.bsn", "nieuwAdres.nummeraanduidingId"]:
        assert not elfproef(body["aangever"]["bsn"])
        assert len(body["nieuwAdres"]["nummeraanduidingId"]) == 15
        return
    assert len(set(movers(case))) == len(movers(case))
    assert {HOMES[bsn] for bsn in movers(case)} == {body["vorigAdres"]["nummeraanduidingId"]}
    if case["naam"] == "onbekend-adres":
        assert body["nieuwAdres"]["nummeraanduidingId"] not in ADDRESSES
    else:
        assert body["nieuwAdres"]["nummeraanduidingId"] in ADDRESSES
    if body["inwoning"]:
        host = body["inwoning"]["hoofdbewoner"]["bsn"]
        assert host not in movers(case)
        assert HOMES[host] == body["nieuwAdres"]["nummeraanduidingId"]


def test_nobody_moves_twice_except_where_the_second_is_refused():
    first = [case for case in MOVES if "tijdens" not in case]
    counts = Counter(bsn for case in first for bsn in movers(case))
    assert max(counts.values()) == 1
    targets = Counter(case["indienen"]["nieuwAdres"]["nummeraanduidingId"] for case in first)
    assert max(targets.values()) == 1
    [second] = [case for case in MOVES if "tijdens" in case]
    [open_one] = [case for case in MOVES if case["naam"] == second["tijdens"]]
    assert MOVES.index(open_one) < MOVES.index(second)
    assert set(movers(second)) == set(movers(open_one))
    assert second["verwacht"] == {"http": 409, "code": "verhuizing-loopt-al", "opvolgingen": []}


@pytest.mark.parametrize("case", named(MOVES))
def test_what_is_missing_and_what_is_warned_follows_from_the_aangifte(case):
    body, expected = case["indienen"], case["verwacht"]
    if expected["http"] != 201:
        assert not case["acties"]
        assert expected["opvolgingen"] == []
        return
    missing = [] if body["bewijs"] else ["bewijs-ontbreekt"]
    missing += ["toestemming-vereist"] if body["inwoning"] and body["inwoning"]["toestemming"] != "akkoord" else []
    missing += [] if body.get("contact") else ["contact-ontbreekt"]
    assert expected["ontbreekt"] == missing
    assert body["datumVerhuizing"] < 28
    assert expected["waarschuwingen"] == (["datum-wordt-aangiftedatum"] if body["datumVerhuizing"] < -5 else [])


@pytest.mark.parametrize("case", named(MOVES))
def test_velden_are_exactly_those_of_the_profile_and_the_addressee_is_told_once(case):
    told = case["verwacht"]["opvolgingen"]
    assert len({(item["afdeling"], item["volgnummer"]) for item in told}) == len(told)
    for item in told:
        profile = PROFILES[item["afdeling"]]
        assert item["velden"] == profile["gegevens"]
        assert (item["personen"] > 0) == ("personen" in profile["gegevens"])


@pytest.mark.parametrize("case", named(MOVES))
def test_who_is_told_is_who_has_a_ground_on_any_day(case):
    """Leap years too: ages in the files are relative, so the expectation may not depend on the day of the demo."""
    told = case["verwacht"]["opvolgingen"]
    if not was_processed(case):
        assert told == []
        return
    first = {item["afdeling"]: item["personen"] for item in told if item["volgnummer"] == 1}
    for today in DAYS:
        matches = {code: concerned(profile, case, today) for code, profile in PROFILES.items()}
        counts = {
            code: len(people) if "personen" in PROFILES[code]["gegevens"] else 0
            for code, people in matches.items()
            if people
        }
        assert counts == first, today


@pytest.mark.parametrize("case", named(MOVES))
def test_a_correction_or_withdrawal_tells_everyone_who_was_told(case):
    told = case["verwacht"]["opvolgingen"]
    kinds = {"corrigeren": "correctie", "intrekken": "intrekking"}
    again = [kinds[item["actie"]] for item in case["acties"] if item["actie"] in kinds and was_processed(case)]
    rounds = [["verhuizing"] if told else [], *([kind] for kind in again)]
    assert {item["volgnummer"] for item in told} == {number for number, kind in enumerate(rounds, 1) if kind}
    first = [(item["afdeling"], item["personen"]) for item in told if item["volgnummer"] == 1]
    for number, kind in enumerate(rounds, 1):
        part = [item for item in told if item["volgnummer"] == number]
        assert [(item["afdeling"], item["personen"]) for item in part] == first
        assert {item["soort"] for item in part} == set(kind)


def test_every_afdeling_is_told_and_every_kind_of_case_is_there():
    told = Counter(item["afdeling"] for case in MOVES for item in case["verwacht"]["opvolgingen"])
    assert set(told) == set(PROFILES)
    codes = {case["verwacht"].get("code") for case in MOVES}
    codes |= {action.get("verwacht", {}).get("code") for case in MOVES for action in case["acties"]}
    assert codes >= {"verhuizing-loopt-al", "datum-te-vroeg", "verhuisdatum-in-toekomst", "verhuizing-onvolledig"}
    ends = {case["verwacht"].get("eindstatus") for case in MOVES}
    assert ends >= {"afgerond", "onvolledig", "ontvangen", "wacht-op-controle", "ingetrokken"}


def test_followed_people_and_addresses_exist_and_some_rows_must_not_count():
    today = date(2027, 1, 1)
    for row in FOLLOWED:
        profile = PROFILES[row["afdeling"]]
        assert {"personen": "bsn", "adressen": "nummeraanduidingId"}[profile["volgt"]] in row
        assert row.get("bsn") in {None, *PEOPLE}
        assert row.get("nummeraanduidingId") in {None, *ADDRESSES}
    assert any(date.fromisoformat(row.get("tot", "9999-12-31")) < today for row in FOLLOWED)
    assert any(date.fromisoformat(row["van"]) > today for row in FOLLOWED)
    assert {row["afdeling"] for row in FOLLOWED} == {c for c, p in PROFILES.items() if p["volgt"] != "alle"}


# ---- Meldingen


def fold(text):
    return "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))


def suggestion(text):
    words = set(re.split(r"[^a-z0-9]+", fold(text)))
    hits = {code: len(words & {fold(w) for w in item["trefwoorden"]}) for code, item in CATEGORIES.items()}
    best = [code for code, count in hits.items() if count == max(hits.values()) > 0]
    return best[0] if len(best) == 1 else "geen"


def metres(one, other):
    """Great-circle distance (haversine)."""
    lat1, lat2 = math.radians(one["lat"]), math.radians(other["lat"])
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin(math.radians(other["lon"] - one["lon"]) / 2) ** 2
    return 2 * 6_371_000 * math.asin(math.sqrt(half))


def touches(point, ring):
    """Ray casting; a corner of the ring counts as in it."""
    x, y = point
    if [x, y] in ring:
        return True
    crossings = 0
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1


def places(kind, case):
    """Codes of the areas of this kind that the melding is in or on the border of, sorted."""
    spot = case["indienen"]["locatie"]
    return sorted(
        item["properties"]["code"]
        for item in AREAS
        if item["properties"]["type"] == kind
        and touches((spot["lon"], spot["lat"]), item["geometry"]["coordinates"][0])
    )


def first_rule(case):
    """What the routing rules say of this melding as it is filed."""
    category = case["verwacht"]["categorie"]
    facts = {
        "categorie": category,
        "hoofdcategorie": CATEGORIES[category]["hoofd"] if category != "geen" else "geen",
        "wijk": places("wijk", case)[0],
        "buurt": places("buurt", case)[0],
        "urgentie": case["indienen"].get("urgentie", "normaal"),
    }
    return next(r["gevolg"] for r in RULES if all(facts[c["veld"]] in c["in"] for c in r["voorwaarde"]["alle"]))


def test_there_are_200_meldingen_with_different_names_and_texts():
    assert len(BY_NAME) == len(REPORTS) == 200
    texts = Counter(case["indienen"]["omschrijving"] for case in REPORTS)
    assert max(texts.values()) == 1


@pytest.mark.parametrize("case", named(ACCEPTED))
def test_the_expected_category_wijk_and_ploeg_follow_from_the_files(case):
    body, expected = case["indienen"], case["verwacht"]
    assert 1 <= len(body["omschrijving"].strip()) <= 3000
    assert not [c for c in body["omschrijving"] if unicodedata.category(c) == "Cc" and c != "\n"]
    assert unicodedata.is_normalized("NFC", body["omschrijving"])
    assert expected["categorie"] == body.get("categorie", suggestion(body["omschrijving"]))
    assert expected["wijk"] == places("wijk", case)[0]
    assert places("buurt", case)[0][2:8] == expected["wijk"][2:]
    assert {"afdeling": expected["afdeling"], "ploeg": expected["ploeg"]} == first_rule(case)


def test_each_refusal_has_exactly_one_cause():
    for case in REFUSED:
        body = case["indienen"]
        text, spot = body["omschrijving"], body.get("locatie")
        wrong = []
        if not text.strip() or len(text) > 3000 or any(unicodedata.category(c) == "Cc" for c in text):
            wrong.append("omschrijving")
        if spot is None or not places("gemeente", case):
            wrong.append("locatie")
        if body.get("categorie", "boom") not in CATEGORIES:
            wrong.append("categorie")
        assert case["verwacht"]["velden"] == wrong, case["naam"]
        assert (case["verwacht"].get("code") == "locatie-buiten-gebied") == (wrong == ["locatie"] and spot is not None)


def test_the_awkward_ones_are_what_their_names_say():
    names = ("precies-3000-tekens", "een-teken-te-lang")
    lengths = {name: len(BY_NAME[name]["indienen"]["omschrijving"]) for name in names}
    assert lengths == {"precies-3000-tekens": 3000, "een-teken-te-lang": 3001}
    assert BY_NAME["leeg"]["indienen"]["omschrijving"] == ""
    assert BY_NAME["alleen-spaties"]["indienen"]["omschrijving"].isspace()
    assert len(places("wijk", BY_NAME["grens-van-twee-wijken"])) == 2
    spot = BY_NAME["grens-van-de-gemeente"]["indienen"]["locatie"]
    [border] = [item for item in AREAS if item["properties"]["type"] == "gemeente"]
    assert [spot["lon"], spot["lat"]] in border["geometry"]["coordinates"][0]
    for name in ("net-buiten-noord", "net-buiten-zuid"):
        spot = BY_NAME[name]["indienen"]["locatie"]
        corners = [{"lon": lon, "lat": lat} for lon, lat in border["geometry"]["coordinates"][0]]
        assert 5 < min(metres(spot, corner) for corner in corners) < 20


def test_joined_signalen_are_near_and_no_other_two_are():
    """What joins is within 26 m of the melding; two meldingen of one category that stay apart are 45 m or more apart."""
    joined = {case["naam"]: case["verwacht"].get("gekoppeldAan") for case in ACCEPTED}
    order = [case["naam"] for case in ACCEPTED]
    for one, other in combinations(ACCEPTED, 2):
        category = one["verwacht"]["categorie"]
        if category != other["verwacht"]["categorie"] or category == "geen":
            continue
        if CATEGORIES[category]["ontdubbelen"] == "uit":
            assert not joined[one["naam"]]
            assert not joined[other["naam"]]
            continue
        apart = metres(one["indienen"]["locatie"], other["indienen"]["locatie"])
        if joined[other["naam"]] == one["naam"]:
            assert apart < 26
        elif joined[other["naam"]] is None or joined[other["naam"]] != joined[one["naam"]]:
            assert apart > 45
    for name, target in joined.items():
        assert target is None or (order.index(target) < order.index(name) and joined[target] is None)
    assert Counter(target is not None for target in joined.values())[True] == 20


def test_joined_signalen_are_expected_where_their_melding_is_and_raise_its_urgentie():
    for case in ACCEPTED:
        target = BY_NAME.get(case["verwacht"].get("gekoppeldAan"))
        if target is None:
            assert "urgentie" not in case["verwacht"]
            continue
        same = ("categorie", "wijk", "afdeling", "ploeg")
        assert [case["verwacht"][key] for key in same] == [target["verwacht"][key] for key in same]
        urgent = "spoed" in {case["indienen"].get("urgentie"), target["indienen"].get("urgentie")}
        assert case["verwacht"].get("urgentie", "normaal") == ("spoed" if urgent else "normaal")


def test_some_look_like_an_earlier_one_and_stay_apart():
    near, same_place = 0, 0
    for one, other in combinations(ACCEPTED, 2):
        if "gekoppeldAan" in one["verwacht"] or "gekoppeldAan" in other["verwacht"]:
            continue
        apart = metres(one["indienen"]["locatie"], other["indienen"]["locatie"])
        near += one["verwacht"]["categorie"] == other["verwacht"]["categorie"] and 55 < apart < 70
        same_place += apart < 30
    assert near >= 6
    assert same_place >= 5


def test_every_category_and_afdeling_is_reached_and_each_ploeg_gets_at_least_15_taken():
    taken = Counter(c["verwacht"]["ploeg"] for c in ACCEPTED if "gekoppeldAan" not in c["verwacht"])
    assert {case["verwacht"]["categorie"] for case in ACCEPTED} == {*CATEGORIES, "geen"}
    assert {case["verwacht"]["wijk"] for case in ACCEPTED} == set(areas("wijk"))
    assert {case["verwacht"]["afdeling"] for case in ACCEPTED} == {
        "openbare-ruimte", "groenbeheer", "stadsreiniging", "regie",
    }  # fmt: skip
    assert set(taken) == {*PLOEGEN, None}
    assert min(taken[code] for code in PLOEGEN) >= 15
    assert all(first_rule_is_used(rule) for rule in RULES)


def first_rule_is_used(rule):
    return any(first_rule(case) is rule["gevolg"] for case in ACCEPTED)


def test_one_taak_is_moved_to_another_ploeg():
    [case] = [case for case in REPORTS if case.get("acties")]
    [action] = case["acties"]
    assert action["actie"] == "toewijzen"
    assert case["verwacht"]["omgezet"] == {key: action["met"][key] for key in ("afdeling", "ploeg")}
    assert PLOEGEN[action["met"]["ploeg"]]["afdeling"] == action["met"]["afdeling"]
    assert action["met"]["ploeg"] != case["verwacht"]["ploeg"]


def test_contact_data_belongs_to_nobody():
    whole = "".join(path.read_text("utf-8") for path in DATA.rglob("*.yaml"))
    assert all(address.endswith("@voorbeeld.example") for address in re.findall(r"[\w.]+@[\w.]+\w", whole))
    reports = "".join(path.read_text("utf-8") for path in (DATA / "meldingen").glob("*.yaml"))
    assert not [bsn for bsn in PEOPLE if bsn in reports]
    numbers = re.findall(r"\b06[ -]?\d{4} ?\d{4}\b", reports)
    assert len(numbers) >= 3
    assert all(number.replace(" ", "").replace("-", "").startswith("06000000") for number in numbers)
