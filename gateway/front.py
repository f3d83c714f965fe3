"""The whole of the gateway behind one ASGI app: the page at `/`, the live streams, and the proxy for everything else."""

import asyncio
import logging

from starlette.types import Receive, Scope, Send

from chassis.catalog import load_catalog
from chassis.problems import NotFound, Problem
from chassis.runtime import Runtime
from chassis.settings import internal_url
from gateway.feeds import Feeds
from gateway.headers import Cors
from gateway.landing import EVENTS_CONTRACT, EVENTS_PATH, HEADERS, Landing
from gateway.live import Live
from gateway.notificaties import Notificaties
from gateway.pages import Pages, page_paths
from gateway.proxy import Limits, Proxy, Route, answer, is_preflight, refuse
from gateway.settings import GatewaySettings
from gateway.tokens import Gatekeeper, RateLimit
from gateway.topics import Topic, addressed

log = logging.getLogger(__name__)
ZGW = frozenset({"autorisaties", "besluiten", "catalogi", "documenten", "notificaties", "zaken"})
"""APIs that follow the ZGW standard, which answers 403 to a caller without a token."""


def routes() -> list[Route]:
    """The APIs of services.toml, each at the internal URL of its service."""
    return [
        Route(
            f"/{name}/api/v1",
            service.name,
            internal_url(service.name),
            zgw=name in ZGW,
            public=name in service.public,
        )
        for service in load_catalog().services.values()
        for name in service.apis
    ]


class Front:
    """ASGI app for HTTP. `run` beside it: it makes the parts when the service starts and ends them when it stops."""

    def __init__(self) -> None:
        self._up = asyncio.Event()

    async def run(self, runtime: Runtime) -> None:
        """Hold the parts together for as long as the service runs."""
        settings = runtime.settings
        assert isinstance(settings, GatewaySettings)  # noqa: S101 - what gateway.main loads
        known = routes()
        self.cors = Cors(settings.origins)
        gatekeeper = Gatekeeper(runtime.policy, RateLimit(settings.rate_limit, settings.rate_burst))
        limits = Limits(body=settings.gateway_max_body, idle=settings.gateway_idle)
        pages = Pages(page_paths(), gatekeeper)
        self.proxy = Proxy(known, admit=pages.admit, limits=limits, cors=self.cors)
        self.proxy.open()
        feeds = Feeds(runtime.messaging)
        self.live = Live(feeds, gatekeeper, self._topics(settings, known))
        self.landing = Landing(known, self.proxy.session, settings.gemeente)
        self._up.set()
        try:
            await feeds.watch()
        finally:
            self._up.clear()
            await feeds.stop()
            await self.proxy.close()

    def _topics(self, settings: GatewaySettings, known: list[Route]) -> dict[str, Topic]:
        kanalen = next(route for route in known if route.base == "/notificaties/api/v1")
        notificaties = Notificaties(settings.gemeente, self.proxy.session, kanalen)
        return {**addressed(settings.gemeente, settings.public_url), "/live/notificaties": notificaties}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; what goes wrong unexpectedly is a 500 without details."""
        if not self._up.is_set():
            await self._up.wait()
        path: str = scope["path"]
        try:
            if path.startswith("/live/"):
                await self._live(scope, receive, send)
            elif path in ("/", EVENTS_PATH):
                await self._page(path, scope, send)
            else:
                await self.proxy(scope, receive, send)
        except Problem as problem:
            await refuse(send, problem, self.cors.answer(scope["headers"]))
        except Exception:
            log.exception("request_failed", extra={"method": scope["method"]})
            await refuse(send, Problem(500, "error", "Er ging iets mis."))

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        extra = self.cors.answer(scope["headers"])
        if scope["method"] == "OPTIONS" and is_preflight(scope):
            await answer(send, 204, [], b"", self.cors.preflight(scope["headers"]))
            return
        await self.live.serve(scope, receive, send, extra)

    async def _page(self, path: str, scope: Scope, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            raise Problem(405, "method_not_allowed", "Hier kan alleen GET.", headers={"Allow": "GET, HEAD"})
        if path == "/":
            await answer(send, 200, HEADERS, await self.landing.page())
        elif EVENTS_CONTRACT.exists():
            headers = [(b"content-type", b"application/yaml"), *self.cors.answer((), public=True)]
            await answer(send, 200, headers, EVENTS_CONTRACT.read_bytes())
        else:
            raise NotFound("Het contract van de gebeurtenissen is hier niet aanwezig.")
