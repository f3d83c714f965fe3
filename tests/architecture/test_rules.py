"""docs/rules.csv: every rule of the specifications of the registers, where it is made and what proves it.

The numbers below are those of the published texts, which are no part of this repository. A number that stands twice in
a text is told apart by the subject of its heading; what has no number has a name. Letters are ours: one for each thing
that a rule says.
"""

import ast
import csv
import re
from functools import cache

from tests.architecture.tree import ROOT, parsed, text, tracked

NUMBERS = [
    *(f"zrc-{number:03}" for number in range(1, 25)),
    *(
        "zrc-025-synchroniseren-contactmomenten",
        "zrc-025-expand-reikwijdte",
        "zrc-026-bewaren",
        "zrc-026-expand-diepte",
    ),
    *("zrc-027", "zrc-028", "zrc-029", "zrc-caching"),
    *(f"ztc-{number:03}" for number in range(1, 11)),
    *("ztc-011a", "ztc-011b", "ztc-011c", "ztc-012", "ztc-013", "ztc-014", "ztc-015", "ztc-016"),
    *("ztc-concept", "ztc-geldigheid", "ztc-versies", "ztc-caching"),
    *(f"brc-{number:03}" for number in range(1, 10)),
    "brc-caching",
    *(f"drc-{number:03}" for number in range(1, 15)),
    "drc-caching",
    *("ac-001", "ac-002", "ac-003", "ac-filters"),
]
AFLEIDINGSWIJZEN = (
    *("afgehandeld", "hoofdzaak", "eigenschap", "ander-datumkenmerk", "zaakobject", "termijn", "gerelateerde-zaak"),
    *("ingangsdatum-besluit", "vervaldatum-besluit"),
)
DESTROYED = (
    *("deelzaken", "status", "resultaat", "rol", "zaakobject", "zaakeigenschap", "kenmerk", "zaakinformatieobject"),
    *("zaakverzoek", "zaakcontactmoment", "klantcontact", "audittrail"),
)
HOOFDTYPEN = ("zaaktype", "besluittype", "informatieobjecttype")
ONDERDELEN = (
    *("roltype", "statustype", "eigenschap", "zaaktype-informatieobjecttype", "resultaattype", "zaakobjecttype"),
)
LATER = 2
"""Rules that are not held yet. Lower it when one is."""
KEY = re.compile(
    r"(zrc|ztc|brc|drc|ac)-(\d{3}[a-z]?|[a-z]+(-[a-z])?)(-[a-z]+)+|(zrc|ztc|brc|drc)-caching-[a-c](-[a-z]+)+"
)
COLUMNS = ["key", "summary", "code", "test", "state"]

with (ROOT / "docs/rules.csv").open(encoding="utf-8", newline="") as file:
    RULES = list(csv.DictReader(file))


def test_every_rule_has_one_key_and_a_short_summary():
    keys = [rule["key"] for rule in RULES]
    assert sorted(set(keys)) == sorted(keys)
    assert [rule["key"] for rule in RULES if list(rule) != COLUMNS or not KEY.fullmatch(rule["key"])] == []
    assert [rule["key"] for rule in RULES if not 10 < len(rule["summary"]) <= 130 or rule["summary"][-1] != "."] == []


def test_every_number_of_the_texts_is_there():
    keys = [rule["key"] for rule in RULES]
    assert [number for number in NUMBERS if not any(key.startswith(number) for key in keys)] == []
    assert [key for key in keys if not any(key.startswith(number) for number in NUMBERS)] == []


def test_rules_that_hold_for_several_things_name_each_of_them():
    keys = " ".join(rule["key"] for rule in RULES)
    wanted = [rf"zrc-021[a-z]-archivering-{way}\b" for way in AFLEIDINGSWIJZEN]
    wanted += [rf"zrc-023[a-z]-vernietigen-{part}\b" for part in DESTROYED]
    wanted += [
        rf"ztc-009[a-z]-{one}-{what}\b" for one in HOOFDTYPEN for what in ("put", "patch", "delete", "correctie")
    ]
    wanted += [rf"ztc-010[a-z]-{one}-{what}\b" for one in ONDERDELEN for what in ("post", "put", "patch", "delete")]
    assert [pattern for pattern in wanted if not re.search(pattern, keys)] == []


def test_a_rule_is_held_with_code_and_test_or_says_why_not_yet():
    held = [rule for rule in RULES if rule["state"] == "held"]
    assert [rule["key"] for rule in held if not (rule["code"] and rule["test"])] == []
    waiting = [rule for rule in RULES if rule["state"] != "held"]
    assert [rule["key"] for rule in waiting if not re.fullmatch(r"later: .{10,}", rule["state"])] == []


def test_its_code_and_its_tests_exist():
    assert [f"{rule['key']}: {one}" for rule in RULES for one in rule["code"].split() if not exists(one)] == []
    assert [f"{rule['key']}: {one}" for rule in RULES for one in rule["test"].split() if not is_test(one)] == []


def test_what_is_not_held_only_shrinks():
    assert sum(rule["state"] != "held" for rule in RULES) <= LATER


def exists(reference):
    """Whether `module:function` is there; also a method (`Class.method`), a class or a constant."""
    module, _, name = reference.partition(":")
    path = f"{module.replace('.', '/')}.py"
    return bool(name) and path in tracked() and name in names(path)


def is_test(reference):
    """Whether `path::test` or `path::Class::test` is there."""
    path, _, name = reference.partition("::")
    named = name.replace("::", ".")
    return path in tracked() and named.rpartition(".")[2].startswith("test_") and named in names(path)


@cache
def names(path):
    """What a file defines: functions, classes, their methods (also inherited ones), and what is assigned at the top."""
    found = set()
    for node in parsed(path).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}" for name in methods(path, node.name)}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def methods(path, name):
    """The methods of a class of a file, or of one that it imports from another file of ours."""
    for node in parsed(path).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            own = {inner.name for inner in node.body if hasattr(inner, "name")}
            return own.union(*(methods(path, ast.unparse(base)) for base in node.bases))
        if isinstance(node, ast.ImportFrom) and node.module and name in {alias.name for alias in node.names}:
            home = f"{node.module.replace('.', '/')}.py"
            return methods(home, name) if home in tracked() else set()
    return set()


def test_the_table_repeats_no_sentence_of_a_text():
    assert not re.search(r"\b(MOET|MAG|NIET TOEGESTAAN)\b", text("docs/rules.csv"))
