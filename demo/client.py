"""How every player of the demo calls the suite: through the gateway, as its own client, like any outside program."""

import asyncio
import time
import uuid
from typing import Any

import httpx

from chassis.access import make_token

PATIENCE = 20.0
"""Seconds a player keeps trying while something is away (a test kills services under the demo)."""


class Caller:
    """One client of the gateway. POSTs carry an Idempotency-Key and are repeated with the same one when in doubt."""

    def __init__(self, base: str, client_id: str, secret: str, http: httpx.AsyncClient) -> None:
        self.base, self._client_id, self._secret, self._http = base.rstrip("/"), client_id, secret, http

    def token(self) -> str:
        """A fresh token of this client."""
        return make_token(self._client_id, self._secret, user_id=self._client_id, user_representation=self._client_id)

    async def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """One call, repeated for a while on 5xx, 429 and broken connections. `path` may be an absolute URL of ours."""
        url = path if path.startswith("http") else f"{self.base}{path}"
        sent = {"Authorization": f"Bearer {self.token()}", "Accept-Crs": "EPSG:4326", "Content-Crs": "EPSG:4326"}
        if method == "POST":
            sent["Idempotency-Key"] = key or str(uuid.uuid4())
        sent |= headers or {}
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = await self._http.request(method, url, json=body, headers=sent)
                busy = answer.status_code == 409 and answer.json().get("code") == "verzoek-in-behandeling"
                if answer.status_code < 500 and answer.status_code != 429 and not busy:
                    return answer
            except httpx.HTTPError:
                if time.monotonic() > deadline:
                    raise
            else:
                if time.monotonic() > deadline:
                    return answer
            await asyncio.sleep(0.1)

    async def must(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """A call that has to succeed; gives the JSON. Raises RuntimeError with the problem otherwise."""
        answer = await self.call(method, path, body, **options)
        if answer.status_code >= 400:
            msg = f"{method} {path}: {answer.status_code} {answer.text[:600]}"
            raise RuntimeError(msg)
        return answer.json() if answer.content else None
