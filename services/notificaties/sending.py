"""The request to a subscriber: what is delivered in the form it wants, its authorization and, when it asked for one, a signature.

The signature is that of Standard Webhooks 1.0: HMAC-SHA-256 over `<webhook-id>.<webhook-timestamp>.<body>`, once per secret,
so that a secret can be replaced while both are known.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import httpx
import orjson

from chassis import clock
from chassis.runtime import Runtime
from services.notificaties.form import Vorm, batched, binary, converted, structured
from services.notificaties.queueing import Job
from services.notificaties.target import Target

PREFIX = "whsec_"
ENOUGH = 16 * 1024
"""Bytes of a subscriber's answer that are read; its status says all."""


async def deliver(runtime: Runtime, target: Target, jobs: Sequence[Job]) -> httpx.Response:
    """Call the subscriber. Raises NoToken, FetchRefused, httpx.HTTPError."""
    access, outbound = target.access, target.access.own or runtime.outbound
    auth = await access.authorization(outbound)
    headers, body = request_of(target, jobs, clock.now())
    headers["authorization"] = auth
    response = await outbound.call("POST", target.callback_url, content=body, headers=headers, enough=ENOUGH)
    if response.status_code == 401 and access.client:
        access.client.refused()
    return response


def request_of(target: Target, jobs: Sequence[Job], now: datetime) -> tuple[dict[str, str], bytes]:
    """Headers and body of the call that delivers these jobs: one, or several for a subscriber that takes CloudEvents."""
    kind, body = _content(target, jobs)
    message = message_id(jobs)
    headers = {"webhook-id": message, **kind}
    if target.sleutels:
        stamp = str(int(now.timestamp()))
        signed = [signature(sleutel, message, stamp, body) for sleutel in target.sleutels]
        headers |= {"webhook-timestamp": stamp, "webhook-signature": " ".join(signed)}
    return headers, body


def message_id(jobs: Sequence[Job]) -> str:
    """The same at every attempt: the event's id, of several events a name made of theirs."""
    if len(jobs) == 1:
        return str(jobs[0].notificatie_id)
    return str(uuid5(NAMESPACE_OID, ",".join(str(job.notificatie_id) for job in jobs)))


def signature(sleutel: bytes, message: str, stamp: str, body: bytes) -> str:
    """One signature, version 1."""
    digest = hmac.new(sleutel, b"%b.%b.%b" % (message.encode(), stamp.encode(), body), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def secret_bytes(text: str) -> bytes:
    """The secret that `whsec_<base64>` stands for. Raises ValueError unless it is one of 24 to 64 bytes."""
    if not text.startswith(PREFIX):
        raise ValueError("no prefix")
    secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    if not 24 <= len(secret) <= 64:
        raise ValueError("length")
    return secret


def _content(target: Target, jobs: Sequence[Job]) -> tuple[dict[str, str], bytes]:
    first = jobs[0]
    if first.vorm == Vorm.notificatie:
        return {"content-type": "application/json"}, first.bericht
    if len(jobs) > 1:
        return batched([_cloudevent(job) for job in jobs])
    return (binary if target.binary else structured)(_cloudevent(first))


def _cloudevent(job: Job) -> dict[str, Any]:
    if job.vorm == Vorm.omgezet:
        return converted(job.bericht, job.notificatie_id, job.source)
    event: dict[str, Any] = orjson.loads(job.bericht)
    return event
