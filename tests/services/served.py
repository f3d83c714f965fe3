"""What a service serves, read from its own OpenAPI documents, and what must hold for every operation of it.

Each check returns what it found wrong as lines of text. A resource that is added is checked without a word here, and
with a body of its own once a sample of it exists.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from chassis.testing.service import ServiceUnderTest

UNKNOWN = "00000000-0000-4000-8000-000000000000"
JSON = {"Content-Type": "application/json"}
CHANGES = {"post", "put", "patch", "delete"}
BROKEN = b'{"broken": '


@dataclass(frozen=True)
class Operation:
    """One operation. `path` is below the API's base, with the names of its parameters."""

    base: str
    path: str
    method: str
    content: dict[str, Any] = field(hash=False)
    schemas: dict[str, Any] = field(hash=False)
    unauthenticated: int = 403
    """Status of the answer to who has no token."""

    def __str__(self) -> str:
        return f"{self.method} {self.base}{self.path}"

    @property
    def collection(self) -> str:
        """The path of the collection it is about, with the names of its parameters."""
        return f"{self.base}{self.path.removesuffix('/{uuid}')}"

    @property
    def about_one(self) -> bool:
        """Whether it is about one thing that exists, or not."""
        return self.path.endswith("/{uuid}")

    @property
    def open(self) -> bool:
        """Whether everybody may call it, as its document says."""
        return bool(self.content.get("security") == [])

    @property
    def takes_body(self) -> bool:
        """Whether it reads a body of JSON; a form has tests of its own."""
        return "application/json" in self.content.get("requestBody", {}).get("content", {})

    @property
    def query(self) -> set[str]:
        """Names of its query parameters."""
        return {one["name"] for one in self.content.get("parameters", []) if one["in"] == "query"}

    @property
    def required(self) -> set[str]:
        """Names of the fields that its body must have."""
        return set(self._body.get("required", []))

    @property
    def takes_lock(self) -> bool:
        """Whether it only changes what the caller has locked."""
        return self.takes_body and "lock" in self._body.get("properties", {})

    @property
    def _body(self) -> dict[str, Any]:
        schema: dict[str, Any] = self.content["requestBody"]["content"]["application/json"]["schema"]
        return self.schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


@dataclass
class Served:
    """A service with its operations, a caller with all rights, one without any, and one without a token."""

    under_test: ServiceUnderTest
    headers: dict[str, str]
    given: dict[str, str] = field(default_factory=dict)
    """Values of the query parameters that are required somewhere."""
    unlisted: dict[str, str | dict[str, Any]] = field(default_factory=dict)
    """Collection without a list → one whose things it is about, or a body that it takes."""
    samples: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Collection, with the names of its parameters → one thing in it, as answered."""
    things: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Collection → all things in it."""

    def __post_init__(self) -> None:
        self.all_rights = self.under_test.client(headers=self.headers)
        self.no_rights = self.under_test.client("zonder-rechten", [], headers=self.headers)
        self.anonymous = self.under_test.anonymous(headers=self.headers)
        self.operations = [
            Operation(api.base, path, method, content, schemas, api.unauthenticated_status)
            for api, app in self.under_test.service.apis.values()
            for document in (app.openapi(),)
            for schemas in (document.get("components", {}).get("schemas", {}),)
            for path, item in document["paths"].items()
            for method, content in item.items()
        ]

    async def collect(self) -> "Served":
        """Take a sample of every collection that has something in it."""
        for operation in sorted(self.lists, key=lambda one: one.path.count("{")):
            query = {"status": "alles"} if "/catalogi/" in operation.base and "status" in operation.query else {}
            answer = await self.all_rights.get(self.url(operation), params=query)
            assert answer.status_code == 200, f"{operation}: {answer.text}"
            content = answer.json()
            things = content["results"] if isinstance(content, dict) else content
            if things:
                self.samples[operation.collection], self.things[operation.collection] = things[0], things
        for collection, known in self.unlisted.items():
            things = self.things[known] if isinstance(known, str) else [known]
            self.samples[collection], self.things[collection] = things[0], things
        return self

    @property
    def guarded(self) -> list[Operation]:
        """The operations that are not for everybody."""
        return [one for one in self.operations if not one.open]

    @property
    def lists(self) -> list[Operation]:
        """The operations that list a collection."""
        return [one for one in self.operations if one.method == "get" and f"{one.path}/{{uuid}}" in self._paths(one)]

    def url(self, operation: Operation, uuid: str | None = None) -> str:
        """A path of the operation: of the samples, or with `uuid` as what it is about."""
        parts = f"{operation.base}{operation.path}".split("/")
        found = [
            self.id_of("/".join(parts[:place])) if part.startswith("{") else part for place, part in enumerate(parts)
        ]
        if uuid is not None:
            found = [uuid if part == "{uuid}" else one for part, one in zip(parts, found, strict=True)]
        return "/".join(found)

    def id_of(self, collection: str) -> str:
        """The id of the sample of a collection."""
        sample = self.samples.get(collection)
        return id_of(sample) if sample else UNKNOWN

    def sample(self, operation: Operation) -> dict[str, Any] | None:
        """A body the operation would take, apart from rules that forbid to send it again."""
        found = self.samples.get(operation.collection)
        if found is None:
            return None
        return filled(found) | ({"lock": "onbekend"} if operation.takes_body and operation.takes_lock else {})

    async def ask(
        self, client: httpx.AsyncClient, operation: Operation, uuid: str | None = None, **arguments: Any
    ) -> httpx.Response:
        """Call the operation, with a sample as its body unless another is given."""
        if operation.takes_body and not arguments.keys() & {"content", "json"}:
            arguments["json"] = self.sample(operation) or {}
        needed = {name: self.given[name] for name in operation.query & self.given.keys()}
        params = needed | arguments.pop("params", {})
        return await client.request(operation.method.upper(), self.url(operation, uuid), params=params, **arguments)

    def _paths(self, operation: Operation) -> set[str]:
        return {one.path for one in self.operations if one.base == operation.base}


def id_of(thing: dict[str, Any]) -> str:
    """The id of a resource as answered."""
    return str(thing.get("uuid") or thing["url"].rsplit("/", 1)[1])


def filled(content: dict[str, Any]) -> dict[str, Any]:
    """What of a JSON object is filled: an answer shows what is empty, a body may leave it out."""
    return {name: value for name, value in content.items() if not _empty(value)}


def _empty(value: Any) -> bool:
    return all(map(_empty, value.values())) if isinstance(value, dict) else value in ("", None)


Check = Callable[[Served, Operation], Awaitable[str | None]]


async def wrong(served: Served, operations: Iterable[Operation], check: Check) -> list[str]:
    """What a check found, for each operation that it is about."""
    chosen = list(operations)
    assert chosen, "a check that looks at nothing"
    found = await asyncio.gather(*(check(served, one) for one in chosen))
    return [f"{operation}: {line}" for operation, line in zip(chosen, found, strict=True) if line]


def unless(answer: httpx.Response, status: int, code: str | None = None) -> str | None:
    """What is wrong with a failure: its status, its code, or that it is no problem+json."""
    if answer.status_code != status:
        return f"{answer.status_code} for {status}: {answer.text[:300]}"
    if answer.headers["content-type"] != "application/problem+json":
        return f"{answer.headers['content-type']}"
    if answer.request.method == "HEAD":
        return None
    content = answer.json()
    if not {"type", "code", "title", "status", "detail", "instance"} <= content.keys():
        return f"is no problem: {answer.text}"
    return f"{content['code']} for {code}" if code and content["code"] != code else None


# ---- the checks


async def without_token(served: Served, operation: Operation) -> str | None:
    """Nobody gets anything without a token, whatever they ask for."""
    answer = await served.ask(served.anonymous, operation)
    return unless(answer, operation.unauthenticated, "not_authenticated")


async def without_rights(served: Served, operation: Operation) -> str | None:
    """A client without rights gets nothing; whether a thing exists is not told either."""
    for uuid in (None, UNKNOWN):
        answer = await served.ask(served.no_rights, operation, uuid)
        if operation.takes_body and served.sample(operation) is None and answer.status_code == 400:
            continue  # there is no body to ask it with
        if found := unless(answer, 403, "permission_denied"):
            return found
    return None


async def unknown_thing(served: Served, operation: Operation) -> str | None:
    """What does not exist is 404, as is what cannot be the id of anything."""
    for uuid in (UNKNOWN, "geen-uuid"):
        answer = await served.ask(served.all_rights, operation, uuid)
        if operation.takes_body and served.sample(operation) is None and answer.status_code == 400:
            continue
        if found := unless(answer, 404, "not_found"):
            return found
    return None


async def unknown_parameter(served: Served, operation: Operation) -> str | None:
    """A query parameter that does not exist is named, so that a typing error gives no wrong list."""
    answer = await served.ask(served.all_rights, operation, params={"bestaatNiet": "1"})
    if found := unless(answer, 400, "invalid"):
        return found
    named = {one["name"] for one in answer.json()["invalidParams"]}
    named -= operation.required if operation.takes_body else set()
    return None if named == {"bestaatNiet"} else f"names {named}"


async def wrong_values(served: Served, operation: Operation) -> str | None:
    """A parameter of a list is judged as a field of a body is: what has no such value is named."""
    url = served.url(operation)
    for parameter in operation.content["parameters"]:
        value = _impossible(parameter["schema"], operation.schemas)
        if parameter["in"] != "query" or value is None:
            continue
        answer = await served.all_rights.get(url, params={parameter["name"]: value})
        if found := unless(answer, 400, "invalid"):
            return f"{parameter['name']}={value[:50]}: {found}"
        if parameter["name"] not in {one["name"].split(".")[0] for one in answer.json()["invalidParams"]}:
            return f"{parameter['name']}={value[:50]}: names {answer.json()['invalidParams']}"
    return None


def _impossible(schema: dict[str, Any], schemas: dict[str, Any]) -> str | None:
    """A value that a schema excludes, or None when it takes every text."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    if schema.get("type") == "array":
        return _impossible(schema["items"], schemas)
    if schema.get("type") in {"boolean", "integer", "number"} or "enum" in schema or "format" in schema:
        return "verkeerd"
    return "x" * (schema["maxLength"] + 1) if "maxLength" in schema else None


async def sent_back(served: Served, operation: Operation) -> str | None:
    """What was answered can be sent back, and then nothing has changed; nor by a change of nothing."""
    if served.sample(operation) is None:
        return None
    url = served.url(operation)
    before = (await served.all_rights.get(url)).json()
    body = before if operation.method == "put" else {}
    answer = await served.all_rights.request(operation.method.upper(), url, json=body)
    if answer.status_code != 200:
        return f"{answer.status_code}: {answer.text[:500]}"
    after = (await served.all_rights.get(url)).json()
    changed = {name: (before.get(name), after[name]) for name in after if before.get(name) != after[name]}
    changed.pop("wijzigingsdatum", None)  # when somebody wrote it last
    return str(changed) if changed else None


async def bad_body(served: Served, operation: Operation) -> str | None:
    """What is no JSON is 400, also when it is no object; what is not declared to be JSON is 415."""
    optional = () if operation.content["requestBody"].get("required") else (b"", b"null")
    for body in (BROKEN, b"", b"[]", b"null", b'"tekst"', b"1"):
        if body in optional:
            continue
        answer = await served.ask(served.all_rights, operation, content=body, headers=JSON)
        if found := unless(answer, 400, "invalid"):
            return f"{body!r}: {found}"
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        answer = await served.ask(served.all_rights, operation, content=b"{}", headers={"Content-Type": kind})
        if found := unless(answer, 415, "unsupported_media_type"):
            return f"{kind}: {found}"
    return None


async def required_fields(served: Served, operation: Operation) -> str | None:
    """An empty body hears every field that is required, at once."""
    answer = await served.ask(served.all_rights, operation, json={})
    if found := unless(answer, 400, "invalid"):
        return found
    named = {one["name"] for one in answer.json()["invalidParams"] if one["code"] == "required"}
    return (
        None if named == operation.required else f"{sorted(named ^ operation.required)} is not both named and required"
    )


async def head_like_get(served: Served, operation: Operation) -> str | None:
    """HEAD gives the status and headers of GET, and no body."""
    got = await served.ask(served.all_rights, operation)
    head = await served.ask(served.all_rights, replace(operation, method="head"))
    if head.content:
        return "HEAD has a body"
    answers = (got.status_code, dict(got.headers)), (head.status_code, dict(head.headers))
    return None if answers[0] == answers[1] else f"GET {answers[0]}, HEAD {answers[1]}"


async def unchanged(served: Served, operation: Operation) -> str | None:
    """Every answer has an ETag that differs per content; who has it gets 304 without a body."""
    if operation.about_one and served.sample(operation) is None:
        return None
    got = await served.ask(served.all_rights, replace(operation, method="get"))
    etag = got.headers.get("etag", "")
    if got.status_code != 200 or not etag.startswith('"'):
        return f"{got.status_code} with ETag {etag}: {got.text[:300]}"
    for known, status in ((etag, 304), (f'"anders", W/{etag}', 304), ("*", 304), ('"anders"', 200)):
        answer = await served.ask(served.all_rights, operation, headers={"If-None-Match": known})
        if answer.status_code != status or (status == 304 and answer.content) or "etag" not in answer.headers:
            return f"If-None-Match {known}: {answer.status_code} with ETag {answer.headers.get('etag')}"
    return None


async def listing(served: Served, operation: Operation) -> str | None:
    """A list has its envelope; a page past the end does not exist; a page that is no number is refused."""
    content = (await served.ask(served.all_rights, operation)).json()
    if isinstance(content, list):
        return None
    if set(content) != {"count", "next", "previous", "results"} or content["count"] != len(content["results"]):
        return f"no envelope: {str(content)[:300]}"
    for page, status in (("2", 404), ("99999999999999999999", 404), ("0", 400), ("-1", 400), ("een", 400), ("", 400)):
        if found := unless(await served.ask(served.all_rights, operation, params={"page": page}), status):
            return f"page {page!r}: {found}"
    return None


async def other_methods(served: Served, operation: Operation) -> str | None:
    """What a path does not offer is 405, and says what it does offer."""
    siblings = {(one.base, one.path, one.method) for one in served.operations}
    offered = {method for base, path, method in siblings if (base, path) == (operation.base, operation.path)}
    offered |= {"head"} if "get" in offered else set()
    beside = "" if operation.about_one else f"{operation.path.rpartition('/')[0]}/{{uuid}}"
    around = {method for base, path, method in siblings if (base, path) == (operation.base, beside)}
    for method in sorted(CHANGES - offered):
        answer = await served.ask(served.all_rights, replace(operation, method=method, content={}))
        allowed = {one.strip().lower() for one in answer.headers.get("allow", "").split(",")}
        if method in around:
            found = unless(answer, 404)  # a fixed name where others have an id: that id does not exist
        else:
            found = unless(answer, 405, "method_not_allowed")
            if not found and not offered <= allowed <= offered | around:
                found = f"Allow is {sorted(allowed)}"
        if found:
            return f"{method}: {found}"
    return None
