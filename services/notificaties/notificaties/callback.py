"""The two trial calls to a callback URL before anything is sent to it: it must refuse strangers and accept us."""

import asyncio

import httpx
import orjson

from chassis.fetching import FetchRefused, Outbound
from chassis.problems import FieldError
from services.notificaties.credentials import Access, NoToken
from services.notificaties.sending import ENOUGH

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


_UNREACHED = (FetchRefused, httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, ValueError)


async def try_callback(outbound: Outbound, url: str, access: Access, stranger: Outbound) -> FieldError | None:
    """What is wrong with a callback URL, or None. Why a call failed is not told: callers must not learn our network.

    stranger: makes the call that must be refused; it trusts what `access` trusts and shows no certificate.
    """
    try:
        if not await _refuses(stranger, url, by_handshake=access.shows_certificate):
            return FieldError(
                "callbackUrl", "no-auth-on-callback-url", "De callback-URL weigert berichten zonder autorisatie niet."
            )
        accepted = await _call(access.own or outbound, url, await access.authorization(outbound))
    except NoToken:
        return FieldError("toegang.oauth2", "bad-token", "Bij tokenUrl kregen wij geen token.")
    except _UNREACHED:
        return FieldError("callbackUrl", "bad-url", "De callback-URL is niet bereikbaar.")
    if not 200 <= accepted < 300:
        return FieldError("nonFieldErrors", "invalid-callback-url", "De callback-URL kan geen notificaties ontvangen.")
    return None


async def _refuses(stranger: Outbound, url: str, *, by_handshake: bool) -> bool:
    try:
        return await _call(stranger, url, None) in {401, 403}
    except _UNREACHED:
        if by_handshake:
            return True
        raise


async def _call(outbound: Outbound, url: str, auth: str | None) -> int:
    headers = {"content-type": "application/json"} | ({"authorization": auth} if auth else {})
    async with asyncio.timeout(TIMEOUT):
        response = await outbound.call("POST", url, content=TRIAL, headers=headers, enough=ENOUGH)
    return response.status_code
