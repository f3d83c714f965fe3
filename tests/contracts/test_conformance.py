"""The standards we claim: our documents against the published ones; what differs has its reason in deviations.yaml.

The published documents are not part of this repository: MEENT_STANDARDS names the folder that holds them.
"""

import os
from pathlib import Path

import pytest

from meent.contracts import FOLDER, promises
from tests.contracts.comparing import claims, differences
from tests.contracts.documents import Document, collection, plain, published, read
from tests.contracts.ledger import covers, ledgers

LEDGERS = ledgers(FOLDER / "deviations.yaml")
STANDARDS = os.environ.get("MEENT_STANDARDS")
LONGEST = {
    "autorisaties": 4,
    "besluiten": 2,
    "catalogi": 15,
    "documenten": 8,
    "everywhere": 14,
    "notificaties": 7,
    "zaken": 14,
}
"""Entries that each API may have in deviations.yaml. Lower it when one is gone."""
needs_standards = pytest.mark.skipif(not STANDARDS, reason="MEENT_STANDARDS names no folder with published documents")
each_api = pytest.mark.parametrize("ledger", LEDGERS, ids=[ledger.api for ledger in LEDGERS])


def ours(api):
    return Document(read(FOLDER / f"openapi/{api}.yaml"))


def standard(ledger):
    return published(Path(STANDARDS or "") / ledger.standard)


@each_api
def test_everything_we_serve_is_claimed_or_our_own(ledger):
    served = ours(ledger.api).paths
    unnamed = [path for path in served if not claims(ledger.claimed, path) and not named(ledger.own, path)]
    assert unnamed == []
    assert [path for path in ledger.own if not any(covers(path, one) for one in served)] == [], "no longer served"
    assert [one for one in ledger.claimed if one not in map(collection, served)] == [], "claimed, but not served"


def test_every_api_that_follows_a_standard_is_in_the_ledger():
    apis = [api for service in promises() for api, _ in service.application.apis.values()]
    assert {api.name for api in apis if api.zgw} == {ledger.api for ledger in LEDGERS}


@needs_standards
@each_api
def test_everything_the_standard_has_is_claimed_or_comes_later(ledger):
    known = {plain(path) for path in standard(ledger).paths}
    unnamed = [path for path in known if not claims(ledger.claimed, path) and not named(ledger.later, path)]
    assert unnamed == []
    assert [path for path in ledger.later if not any(covers(path, one) for one in known)] == [], "not in the standard"
    served = ours(ledger.api).paths
    assert [path for path in ledger.later if any(covers(path, one) for one in served)] == [], "already served"


@needs_standards
def test_what_differs_everywhere_differs_somewhere():
    found = [line for ledger in LEDGERS for line in differences(standard(ledger), ours(ledger.api), ledger.claimed)]
    everywhere = LEDGERS[0].everywhere
    assert [one["at"] for one in everywhere if not any(covers(one["at"], line) for line in found)] == []


@each_api
def test_the_list_only_shrinks(ledger):
    assert len(ledger.later) + len(ledger.differences) <= LONGEST[ledger.api], (
        "a deviation is made away, not written down"
    )
    assert len(ledger.everywhere) <= LONGEST["everywhere"]
    entries = [entry["at"] for entry in (*ledger.everywhere, *ledger.differences)]
    assert [at for at in entries if entries.count(at) > 1] == []


@needs_standards
@each_api
def test_what_we_claim_is_what_the_standard_says(ledger):
    found = differences(standard(ledger), ours(ledger.api), ledger.claimed)
    assert [line for line in found if not ledger.excused(line)] == []
    stale = [entry["at"] for entry in ledger.differences if not any(covers(entry["at"], line) for line in found)]
    assert stale == [], "no longer differs: take it out of deviations.yaml"


@each_api
def test_every_deviation_has_its_reason(ledger):
    reasons = [*ledger.own.values(), *ledger.later.values(),
               *(entry.get("reason") for entry in (*ledger.differences, *ledger.everywhere))]  # fmt: skip
    assert all(isinstance(reason, str) and len(reason) > 10 for reason in reasons)


def named(entries, path):
    return any(covers(entry, path) for entry in entries)
