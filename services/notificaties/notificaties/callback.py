"""The two trial calls to a callback URL before anything is sent to it: it must refuse strangers and accept us."""

import asyncio

import httpx
import orjson

from chassis.fetching import FetchRefused, Outbound
from chassis.problems import FieldError

TIMEOUT = 5.0
"""Seconds one trial may take."""
TRIAL = orjson.dumps(
    {
        "kanaal": "test",
        "hoofdObject": "https://meent.example/hoofdobject",
        "resource": "test",
        "resourceUrl": "https://meent.example/resource",
        "actie": "create",
        "aanmaakdatum": "2026-01-01T12:00:00Z",
        "kenmerken": {},
    }
)
"""A notificatie on the kanaal `test`, which a subscriber accepts and ignores."""


async def try_callback(outbound: Outbound, url: str, auth: str) -> FieldError | None:
    """What is wrong with a callback URL, or None. Why a call failed is not told: callers must not learn our network."""
    try:
        anonymous = await _call(outbound, url, None)
        if anonymous not in {401, 403}:
            return FieldError(
                "callbackUrl", "no-auth-on-callback-url", "De callback-URL weigert berichten zonder autorisatie niet."
            )
        accepted = await _call(outbound, url, auth)
    except (FetchRefused, httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, ValueError):
        return FieldError("callbackUrl", "bad-url", "De callback-URL is niet bereikbaar.")
    if not 200 <= accepted < 300:
        return FieldError("nonFieldErrors", "invalid-callback-url", "De callback-URL kan geen notificaties ontvangen.")
    return None


async def _call(outbound: Outbound, url: str, auth: str | None) -> int:
    headers = {"content-type": "application/json"} | ({"authorization": auth} if auth else {})
    async with asyncio.timeout(TIMEOUT):
        response = await outbound.call("POST", url, content=TRIAL, headers=headers)
    return response.status_code
