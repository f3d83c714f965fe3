"""Bodies, parameters and ids that nobody would think of, made from the OpenAPI documents, and what must not come of them.

Whatever is sent: no 5xx, no status, header or body that the document does not have, and no acceptance of what it
excludes. A sample of each collection is the start, so that what is made gets past the first check.
"""

import asyncio
import copy
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.services.served import Operation, Served, filled, id_of

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LAST = ("put", "patch")


@dataclass
class Fuzzer:
    """Sends what is made to a service whose event loop is `loop`; runs in another thread."""

    served: Served
    loop: asyncio.AbstractEventLoop
    examples: int
    renew: Callable[[Operation], dict[str, Any]] = lambda _: {}
    """Fields that make a thing of a collection another one, so that it can be added."""
    only: str = ""
    """The one API that is looked at."""
    start: int = 0
    findings: dict[str, str] = field(default_factory=dict)
    """Operation and kind of failure → the first time it happened."""
    counted: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Operation and status → answers."""

    def run(self) -> None:
        """Every operation, those that remove things last."""
        removing = False
        for operation, schema in sorted(self._operations(), key=lambda one: _order(one[0])):
            if operation.method == "delete" and not removing:  # also what was made meanwhile
                removing = bool(asyncio.run_coroutine_threadsafe(self.served.collect(), self.loop).result(60))
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                self._operation(operation, schema, mode)

    def _operations(self) -> Iterator[tuple[Operation, Any]]:
        for api, app in self.served.under_test.service.apis.values():
            if self.only not in {"", api.name}:
                continue
            schema = schemathesis.openapi.from_dict(_for_making(app.openapi()))
            known = {(one.path, one.method): one for one in self.served.operations if one.base == api.base}
            for result in schema.get_all_operations():
                made = result.ok()
                yield known[made.path, made.method], made

    def _operation(self, operation: Operation, schema: Any, mode: GenerationMode) -> None:
        """Some cases of one operation."""
        bare = self.served.under_test.client()  # what is left out must stay out
        excluded = [negative_data_rejection] if mode is GenerationMode.NEGATIVE else []

        @seed(self.start)
        @settings(
            max_examples=self.examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=schema.as_strategy(generation_mode=mode))
        def once(case: Case) -> None:
            if mode is GenerationMode.POSITIVE:
                self._deepen(operation, case)
            answer = self._sent(self.served.all_rights if mode is GenerationMode.POSITIVE else bare, operation, case)
            self.counted[str(operation), answer.status_code] += 1
            refused = answer.status_code >= 400  # 412 is not among what the check takes for a refusal
            try:
                case.validate_response(answer, checks=CHECKS if refused else [*CHECKS, *excluded])
            except FailureGroup as failures:
                for failure in failures.exceptions:
                    self._note(operation, case, answer, failure)

        try:
            once()
        except schemathesis.errors.InvalidSchema:
            raise
        except Exception as error:
            if type(error).__name__ not in {"Unsatisfiable", "SkipTest"}:
                raise

    def _deepen(self, operation: Operation, case: Case) -> None:
        """Let most cases be about what exists, and differ in a few places only from what is right."""
        chance = random.Random(repr((self.start, sum(self.counted.values()))))
        things = self.served.things.get(operation.collection, [])
        thing = chance.choice(things) if things else None
        if chance.random() < 0.9:
            uuid = id_of(thing) if thing and operation.path.endswith("/{uuid}") else None
            ids = self.served.url(operation, uuid).split("/")
            places = f"{operation.base}{operation.path}".split("/")
            if "{uuid}" in places[:-1] and (
                around := self.served.things.get("/".join(places[: places.index("{uuid}")]))
            ):
                ids[places.index("{uuid}")] = id_of(chance.choice(around))
            case.path_parameters = {
                place[1:-1]: ids[index] for index, place in enumerate(places) if place.startswith("{")
            }
        case.headers = {name: text for name, text in (case.headers or {}).items() if name not in self.served.headers}
        if isinstance(case.body, dict) and thing and chance.random() < 0.8:
            renewed = self.renew(operation) if operation.method == "post" else {}
            changed = chance.sample(sorted(case.body), min(len(case.body), chance.randint(0, 2)))
            case.body = filled(thing) | renewed | {name: case.body[name] for name in changed}
        if len(case.query or {}) > 2:
            kept = chance.sample(sorted(case.query), chance.randint(0, 2))
            case.query = {name: case.query[name] for name in kept} | {
                name: value for name, value in self.served.given.items() if name in operation.query
            }

    def _sent(self, client: httpx.AsyncClient, operation: Operation, case: Case) -> httpx.Response:
        base = f"{self.served.under_test.runtime.settings.public_url}{operation.base}"
        made = case.as_transport_kwargs(base_url=base)
        asked = {key: made[key] for key in ("params", "json") if made.get(key) is not None}
        if isinstance(made.get("data"), bytes | str):
            asked["content"] = made["data"]
        headers = {name.lower(): str(value) for name, value in (case.headers or {}).items()}
        headers = {name: value for name, value in headers.items() if value.isascii() and value.isprintable()}
        headers.pop("authorization", None)  # who asks is another test
        if case.media_type:
            headers["content-type"] = case.media_type
        request = client.request(made["method"], made["url"], headers=headers, **asked)
        return asyncio.run_coroutine_threadsafe(request, self.loop).result(30)

    def _note(self, operation: Operation, case: Case, answer: httpx.Response, failure: Exception) -> None:
        title = getattr(failure, "title", type(failure).__name__)
        about = f"{operation}: {title} ({answer.status_code})"
        what = f"{failure}"[:1500]
        sent = f"{case.method} {answer.request.url} {answer.request.content[:800]!r}"
        self.findings.setdefault(about, f"{about}\n  sent {sent}\n  got {answer.text[:600]}\n  {what}")


def _for_making(document: dict[str, Any]) -> dict[str, Any]:
    """The document without who may ask (another test), and without the forms of text of which the standard means `or empty`."""
    made = copy.deepcopy(document)
    made["components"].pop("securitySchemes")
    for item in made["paths"].values():
        for operation in item.values():
            operation.pop("security")
    for name, schema in made["components"]["schemas"].items():
        if not name.endswith("In"):
            _allowing_blank(schema)
    return made


def _allowing_blank(schema: Any) -> None:
    if isinstance(schema, dict):
        if schema.get("format") in {"email", "uri"}:
            del schema["format"]
        if schema.get("type") == "string":  # not a property of that name
            schema.pop("pattern", None)
        for inner in schema.values():
            _allowing_blank(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _allowing_blank(inner)


def _order(operation: Operation) -> tuple[bool, bool, int, int, int]:
    """What removes comes last: parts first, and types when nothing is of them any more."""
    if operation.path.endswith("/publish"):  # before something unpublished is added
        return False, False, 0, 0, -2
    if operation.method != "delete":
        return False, False, 0, 0, LAST.index(operation.method) if operation.method in LAST else -1
    return True, "/catalogi/" in operation.base, -operation.path.count("{"), -len(operation.path), 0
