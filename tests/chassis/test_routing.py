"""Operations: the right one is found, its parameters are read as FastAPI would read them, and all that is wrong is said."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Query
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chassis.access import CurrentCaller
from chassis.app import Api, Service
from chassis.problems import Conflict, Problem
from chassis.reading import Filter
from chassis.routing import Routes, _served
from chassis.testing.service import ServiceUnderTest
from tests.chassis.example import APIS

SEEN: list[str] = []
router = APIRouter()


class Body(BaseModel):
    """A body."""

    name: str = Field(max_length=3)


class Chosen(Filter):
    """A filter."""

    page_size: int = 10
    name: str | None = None


class Several(Filter):
    """A filter with a list, which a dictionary of the query would cut."""

    tags: list[str] = Field(default_factory=list)


async def counted(request: Request) -> int:
    """A dependency."""
    SEEN.append("counted")
    return len(request.headers["x-text"]) if "x-text" in request.headers else 0


async def needing(number: Annotated[int, Header(alias="X-Number")], once: Annotated[int, Depends(counted)]) -> int:
    """A dependency with parameters of its own."""
    SEEN.append("needing")
    return number + once


async def opened(once: Annotated[int, Depends(counted)]) -> AsyncIterator[str]:
    """A dependency that ends."""
    SEEN.append("opened")
    try:
        yield f"open{once}"
        SEEN.append("ended")
    except BaseException:
        SEEN.append("failed")
        raise


Opened = Annotated[str, Depends(opened, scope="function")]


@router.get("/first/{uuid}")
async def one(uuid: UUID, text: Annotated[str | None, Header(alias="X-Text")] = None) -> Response:
    """By id."""
    return JSONResponse([str(uuid), text])


@router.post("/first/_zoek")
async def search(chosen: Annotated[Chosen, Query()], body: Body, number: Annotated[int, Header()] = 7) -> Response:
    """Everything at once."""
    return JSONResponse([chosen.page, chosen.page_size, chosen.name, body.name, number])


@router.get("/first")
async def several(chosen: Annotated[Several, Query()]) -> Response:
    """A list in the query."""
    return JSONResponse(chosen.tags)


@router.get("/first/{uuid}/parts/{part}")
async def part(uuid: UUID, part: str) -> Response:
    """Two places."""
    return JSONResponse([str(uuid), part])


@router.put("/dependencies")
async def dependencies(first: Annotated[int, Depends(needing)], unit: Opened, body: Body) -> Response:
    """Dependencies."""
    if body.name == "no":
        raise Conflict("nee", "Nee.")
    SEEN.append(f"called {first} {unit}")
    return Reporting(b"{}")


@router.post("/two")
async def two(first: Body, second: Body) -> Response:
    """What only FastAPI reads."""
    return JSONResponse([first.name, second.name])


@router.post("/model/{uuid}")
async def model(uuid: UUID, body: Body) -> Body:
    """What only FastAPI answers."""
    return Body(name=body.name[::-1])


@router.get("/guarded/{uuid}")
async def guarded(uuid: UUID, caller: CurrentCaller) -> Response:
    """For who is known."""
    return JSONResponse([str(uuid), caller.client_id])


class Reporting(Response):
    """Says when it leaves."""

    async def __call__(self, *asgi: Any) -> None:
        SEEN.append("answered")
        await super().__call__(*asgi)


@pytest.fixture
def client(example: ServiceUnderTest) -> httpx.AsyncClient:
    """A caller of a service with these operations beside the example's."""
    SEEN.clear()
    service = Service(example.runtime, [Api("proef", "Proef", "1.0.0", [router]), *APIS])
    headers = example.client().headers
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=service), base_url="http://x/proef/api/v1", headers=headers
    )


def wrong(answer: httpx.Response) -> set[tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    return {(field["name"], field["code"]) for field in answer.json()["invalidParams"]}


class TestFinding:
    @pytest.fixture
    def routes(self) -> Routes:
        app = FastAPI()
        app.include_router(router)
        return Routes(app)

    def test_by_method_and_segments(self, routes: Routes) -> None:
        found, places = routes.find("GET", "/first/x/parts/y%2f é")
        assert (found.path, places) == ("/first/{uuid}/parts/{part}", {"uuid": "x", "part": "y%2f é"})
        assert routes.find("POST", "/first/_zoek")[0].path == "/first/_zoek"
        assert routes.find("GET", "/first/_zoek") == (routes.find("HEAD", "/first/x")[0], {"uuid": "_zoek"})

    @pytest.mark.parametrize("path", ["/", "/first/", "/first/x/", "/first//parts/y", "/firs", "/first/x/party/y"])
    def test_what_is_not_there(self, routes: Routes, path: str) -> None:
        with pytest.raises(Problem, match="404"):
            routes.find("GET", path)

    def test_another_method_names_all_that_are_allowed(self, routes: Routes) -> None:
        with pytest.raises(Problem, match="405") as caught:
            routes.find("PUT", "/first/_zoek")
        assert caught.value.headers == {"Allow": "GET, HEAD, POST"}

    def test_only_what_is_not_compiled_is_left_to_fastapi(self) -> None:
        app = FastAPI()
        app.include_router(router)
        routes = [
            route for route in iter_route_contexts(app.routes) if route.endpoint in {two, model, one, dependencies}
        ]
        left = {route.name for route in routes if isinstance(_served(route), AsyncExitStackMiddleware)}
        assert left == {"two", "model"}


class TestParameters:
    async def test_path_and_header(self, client: httpx.AsyncClient) -> None:
        known = uuid4()
        assert (await client.get(f"/first/{known}")).json() == [str(known), None]
        assert (await client.get(f"/first/{known}", headers={"x-text": "e"})).json() == [str(known), "e"]
        assert (await client.get(f"/first/{known}/parts/a%20b")).json() == [str(known), "a b"]

    async def test_query_header_and_body(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/first/_zoek", json={"name": "abc", "more": 1})
        assert answer.json() == [1, 10, None, "abc", 7]
        answer = await client.post(
            "/first/_zoek?page=2&page=3&pageSize=4&name=", json={"name": "a"}, headers={"number": "5"}
        )
        assert answer.json() == [3, 4, "", "a", 5]

    async def test_a_list_in_the_query(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/first?tags=a&tags=b")).json() == ["a", "b"]
        assert wrong(await client.get("/first?tag=a")) == {("tag", "unknown")}

    async def test_all_that_is_wrong_at_once(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/first/_zoek?page=0&x=1", json={"name": "long"}, headers={"number": "many"})
        expected = {("page", "min_value"), ("x", "unknown"), ("number", "invalid"), ("name", "max_length")}
        assert wrong(answer) == expected

    async def test_a_parameter_has_one_name(self, client: httpx.AsyncClient) -> None:
        assert wrong(await client.post("/first/_zoek?page_size=4", json={"name": "a"})) == {("page_size", "unknown")}

    async def test_a_missing_header(self, client: httpx.AsyncClient) -> None:
        assert wrong(await client.put("/dependencies", json={"name": "a"})) == {("X-Number", "required")}

    async def test_who_is_not_known_hears_that_first(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/guarded/x")).status_code == 404
        assert (await client.get("/guarded/x", headers={"authorization": ""})).status_code == 401


class TestDependencies:
    async def test_each_once_and_ended_before_the_answer_leaves(self, client: httpx.AsyncClient) -> None:
        answer = await client.put("/dependencies", json={"name": "a"}, headers={"x-number": "3", "x-text": "four"})
        assert answer.status_code == 200
        assert SEEN == ["counted", "needing", "opened", "called 7 open4", "ended", "answered"]

    async def test_one_with_wrong_arguments_is_not_called(self, client: httpx.AsyncClient) -> None:
        answer = await client.put("/dependencies", json={"name": "long"}, headers={"x-number": "no"})
        assert wrong(answer) == {("X-Number", "invalid"), ("name", "max_length")}
        assert SEEN == ["counted", "opened", "failed"]

    async def test_it_hears_what_the_operation_raises(self, client: httpx.AsyncClient) -> None:
        answer = await client.put("/dependencies", json={"name": "no"}, headers={"x-number": "3"})
        assert (answer.status_code, answer.json()["code"]) == (409, "nee")
        assert SEEN[-1] == "failed"


class TestLeftToFastapi:
    async def test_two_bodies(self, client: httpx.AsyncClient) -> None:
        assert (await client.post("/two", json={"first": {"name": "a"}, "second": {"name": "b"}})).json() == ["a", "b"]
        assert wrong(await client.post("/two", json={"first": {"name": "long"}})) == {
            ("first.name", "max_length"),
            ("second", "required"),
        }

    async def test_an_answer_that_is_a_model(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(f"/model/{uuid4()}", json={"name": "abc"})).json() == {"name": "cba"}
        assert wrong(await client.post(f"/model/{uuid4()}", json={})) == {("name", "required")}
        assert (await client.post("/model/x", json={"name": "abc"})).status_code == 404

    async def test_errors_are_the_same(self, client: httpx.AsyncClient) -> None:
        headers = {"content-type": "text/plain"}
        assert (await client.post(f"/model/{uuid4()}", content=b"x", headers=headers)).status_code == 415
        answer = await client.post(f"/model/{uuid4()}", content=b"{", headers={"content-type": "application/json"})
        assert wrong(answer) == {("nonFieldErrors", "parse_error")}
