"""What must hold for every operation of a service: a test file with a fixture `api` declares a subclass."""

from tests.services import served
from tests.services.served import Served, wrong


class EveryOperation:
    """A resource that is added is checked without being named. The first test is the one without rights."""

    async def test_nothing_without_a_token(self, api: Served) -> None:
        assert await wrong(api, api.guarded, served.without_token) == []

    async def test_nothing_without_rights(self, api: Served) -> None:
        assert await wrong(api, api.guarded, served.without_rights) == []

    async def test_what_does_not_exist(self, api: Served) -> None:
        about_one = [one for one in api.operations if one.about_one]
        assert await wrong(api, about_one, served.unknown_thing) == []

    async def test_parameters_that_do_not_exist(self, api: Served) -> None:
        assert await wrong(api, [one for one in api.operations if one.query], served.unknown_parameter) == []

    async def test_bodies_that_are_none(self, api: Served) -> None:
        assert await wrong(api, [one for one in api.operations if one.takes_body], served.bad_body) == []

    async def test_fields_that_are_required(self, api: Served) -> None:
        whole = [one for one in api.operations if one.takes_body and one.method != "patch" and one.required]
        assert await wrong(api, whole, served.required_fields) == []

    async def test_reads(self, api: Served) -> None:
        reads = [one for one in api.operations if one.method == "get"]
        assert await wrong(api, reads, served.head_like_get) == []
        assert await wrong(api, reads, served.unchanged) == []
        assert await wrong(api, [one for one in api.lists if "page" in one.query], served.listing) == []

    async def test_methods_that_are_not_offered(self, api: Served) -> None:
        assert await wrong(api, api.operations, served.other_methods) == []
