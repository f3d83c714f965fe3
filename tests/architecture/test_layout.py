"""How large things may be, how they are called and where their tests are. Exceptions are listed here and may only shrink."""

import ast
from pathlib import PurePosixPath

from tests.architecture.tree import PACKAGES, ROOT, code_lines, functions, python_files, text

LONGEST_FILE, LONGEST_TEST, LONGEST_FUNCTION, LONGEST_MAIN, LONGEST_ROUTE = 500, 600, 40, 40, 15
CHASSIS = 3010
"""Lines of code in the chassis: no blank lines, comments or docstrings; without its test kit, the embedded servers of
development, and the migrations, which record what was."""
NOT_COUNTED = ("chassis/testing/", "chassis/embedded/", "chassis/migrations/versions/")
NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "misc", "shared", "tools", "lib"}
NEEDS_A_TEST = 30
"""Lines of a module above which it has a test file of its own, at the same path below tests/."""
DECLARATIONS = {"__init__", "__main__", "main", "settings", "events", "env"}
"""Modules that only declare: tests/contracts and tests/architecture look at all of them."""
WITHOUT_TEST = {
    "services/zaken/documenten/enkelvoudiginformatieobject/content.py": "tests/services/zaken/documenten/test_bestandsdeel.py",
    "services/zaken/documenten/enkelvoudiginformatieobject/fields.py": "tests/services/zaken/documenten/test_visibility.py",
    "services/zaken/documenten/enkelvoudiginformatieobject/routes.py": "tests/services/zaken/test_every_operation.py",
    "services/zaken/documenten/enkelvoudiginformatieobject/rules.py": "tests/services/zaken/test_every_operation.py",
    "services/zaken/vertrouwelijkheid.py": "tests/services/zaken/test_rights.py",
    "chassis/embedded/launch.py": "tests/chassis/embedded/test_postgres.py",
    "chassis/embedded/process.py": "tests/chassis/embedded/test_postgres.py",
    "demo/client.py": "tests/suite",
    "demo/crew.py": "tests/suite",
    "demo/department.py": "tests/suite",
    "demo/moves.py": "tests/suite",
    "demo/municipality.py": "tests/demo/test_data.py",
    "demo/reports.py": "tests/suite",
    "demo/setting_up.py": "tests/suite",
    "demo/story.py": "tests/suite",
    "demo/tables.py": "tests/suite",
    "gateway/feeds.py": "tests/gateway/test_live.py",
    "gateway/headers.py": "tests/gateway/test_proxy.py",
    "gateway/landing.py": "tests/gateway/test_front.py",
    "meent/contracts.py": "tests/contracts/test_drift.py",
    "meent/migrate.py": "tests/meent/test_installation.py",
    "meent/run.py": "tests/meent/test_installation.py",
    "meent/secret_files.py": "tests/meent/test_installation.py",
    "meent/service_process.py": "tests/meent/test_installation.py",
    "meent/up.py": "tests/meent/test_cli.py",
    "services/klanten/verhuizingen/inhoud.py": "tests/services/klanten/verhuizingen",
    "services/klanten/verhuizingen/opvolgen.py": "tests/services/klanten/verhuizingen",
    "services/notificaties/bezorging/onbestelbaar_bericht.py": "tests/services/notificaties/bezorging",
    "services/notificaties/distribution.py": "tests/services/notificaties/test_projection.py",
    "services/notificaties/kanalen.py": "tests/services/notificaties/notificaties/test_kanaal.py",
    "services/notificaties/lane.py": "tests/services/notificaties/test_dispatch.py",
    "services/notificaties/metrics.py": "tests/services/notificaties/test_dispatch.py",
    "services/notificaties/notificaties/callback.py": "tests/services/notificaties/notificaties/test_abonnement.py",
    "services/notificaties/queueing.py": "tests/services/notificaties/test_dispatch.py",
    "services/notificaties/target.py": "tests/services/notificaties/test_dispatch.py",
    "services/zaken/archiefbeheer/vernietigingslijst/fields.py": "tests/services/zaken/archiefbeheer/vernietigingslijst",
    "services/zaken/audittrail.py": "tests/services/zaken/zaken/test_audittrail.py",
    "services/zaken/catalogi/concept.py": "tests/services/zaken/catalogi",
    "services/zaken/catalogi/onderdeel.py": "tests/services/zaken/catalogi/onderdelen.py",
    "services/zaken/catalogi/zaaktype/fields.py": "tests/services/zaken/catalogi/zaaktype",
    "services/zaken/documenten/announcing.py": "tests/services/zaken/documenten",
    "services/zaken/documenten/onderdeel.py": "tests/services/zaken/documenten",
    "services/zaken/catalogusbeheer/applying.py": "tests/services/zaken/catalogusbeheer/test_importen.py",
    "services/zaken/catalogusbeheer/content.py": "tests/services/zaken/catalogusbeheer/test_document.py",
    "services/zaken/catalogusbeheer/kinds.py": "tests/services/zaken/catalogusbeheer",
    "services/zaken/catalogusbeheer/stored.py": "tests/services/zaken/catalogusbeheer/test_exporten.py",
    "services/zaken/numbering.py": "tests/services/zaken/zaken",
    "services/zaken/querying.py": "tests/services/zaken/zaken/zaak",
    "services/zaken/unpaged.py": "tests/services/zaken/zaken/test_onderdeel.py",
    "services/zaken/validation.py": "tests/services/zaken/zaken",
    "services/zaken/zaken/betrokkene.py": "tests/services/zaken/zaken/test_rol.py",
    "services/zaken/zaken/geometrie.py": "tests/services/zaken/zaken/zaak",
    "services/zaken/zaken/objectidentificatie.py": "tests/services/zaken/zaken/test_zaakobject.py",
    "services/zaken/zaken/shapes.py": "tests/services/zaken/zaken/test_rol.py",
    "services/zaken/zaken/zaak/fields.py": "tests/services/zaken/zaken/zaak",
    "services/zaken/zaken/zaak/rules.py": "tests/services/zaken/zaken/zaak",
}
"""Module without a test file of its own → where it is tested instead."""


def test_files_are_short():
    long = {path: lines(path) for path in python_files(*PACKAGES, "benchmarks") if lines(path) > LONGEST_FILE}
    long |= {path: lines(path) for path in python_files("tests") if lines(path) > LONGEST_TEST}
    assert long == {}


def test_functions_are_short():
    long = [
        f"{path}:{function.lineno} {function.name}"
        for path in python_files(*PACKAGES, "benchmarks", "tests")
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_a_main_says_only_what_a_service_is_made_of():
    mains = [path for path in python_files("services", "gateway") if path.endswith("/main.py")]
    assert mains
    assert {path: lines(path) for path in mains if lines(path) > LONGEST_MAIN} == {}


def test_a_route_does_a_few_things():
    long = [
        f"{path} {function.name}: {body_lines(function)}"
        for path in python_files("services")
        for function in functions(path)
        if is_route(function) and body_lines(function) > LONGEST_ROUTE
    ]
    assert long == []


def test_modules_are_named_after_what_they_do():
    everything = python_files(*PACKAGES, "benchmarks", "tests")
    names = {part for path in everything for part in PurePosixPath(path).with_suffix("").parts}
    assert names & NAMELESS == set()


def test_the_chassis_stays_small():
    files = [path for path in python_files("chassis") if not path.startswith(NOT_COUNTED)]
    assert sum(map(code_lines, files)) <= CHASSIS


def test_every_module_has_its_test_at_the_same_path():
    assert [path for path in untested() if path not in WITHOUT_TEST] == []


def test_every_exception_is_still_needed():
    missing = untested()
    assert [path for path in WITHOUT_TEST if path not in missing] == [], "has its test: take it off the list"
    assert [path for path, instead in WITHOUT_TEST.items() if not (ROOT / instead).exists()] == []


def test_every_module_says_what_it_is():
    silent = [path for path in python_files(*PACKAGES, "benchmarks") if not ast.get_docstring(ast.parse(text(path)))]
    assert [path for path in silent if text(path).strip()] == []


def untested():
    return [
        path
        for path in python_files(*PACKAGES)
        if lines(path) > NEEDS_A_TEST
        and PurePosixPath(path).stem not in DECLARATIONS
        and not path.startswith("chassis/testing/")
        and "/migrations/versions/" not in path
        and not test_file(path).exists()
    ]


def test_file(path):
    place = PurePosixPath(path)
    return ROOT / "tests" / place.parent / f"test_{place.name}"


test_file.__test__ = False


def lines(path):
    return len(text(path).splitlines())


def is_route(function):
    return any("router." in ast.unparse(decorator) for decorator in function.decorator_list)


def body_lines(function):
    body = [step for step in function.body if not isinstance(getattr(step, "value", None), ast.Constant)]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0
