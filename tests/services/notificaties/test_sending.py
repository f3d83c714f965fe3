"""The request to a subscriber."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.notificaties.credentials import Access
from services.notificaties.form import Vorm
from services.notificaties.queueing import Job
from services.notificaties.sending import message_id, request_of, secret_bytes
from services.notificaties.target import Target

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def job(number: int, vorm: Vorm = Vorm.notificatie, bericht: bytes = b"{}") -> Job:
    return Job(UUID(int=number), UUID(int=9), UUID(int=100 + number), bericht, "", 0, NOW, vorm=vorm)


def target(**more: object) -> Target:
    return Target("https://m/callback", Access("Bearer x"), **more)  # type: ignore[arg-type]


def test_one_notificatie() -> None:
    headers, body = request_of(target(), [job(1)], NOW)
    assert headers == {"content-type": "application/json", "webhook-id": str(UUID(int=101))}
    assert body == b"{}"


def test_several_have_a_name_made_of_theirs() -> None:
    jobs = [job(1, Vorm.cloudevent), job(2, Vorm.cloudevent)]
    headers, body = request_of(target(at_once=10), jobs, NOW)
    assert headers["webhook-id"] == message_id(jobs) != message_id(jobs[::-1])
    assert body == b"[{},{}]"


def test_the_example_of_standard_webhooks() -> None:
    """Signed is `id.timestamp.body`, with the bytes that the secret stands for."""
    secret = secret_bytes("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
    headers, body = request_of(target(sleutels=(secret,)), [job(1, bericht=b'{"test": 2432232314}')], NOW)
    signed = f"{headers['webhook-id']}.{int(NOW.timestamp())}.".encode() + body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))


@pytest.mark.parametrize(
    "text", ["", "C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_", "whsec_te-kort", "whsec_" + "QUJD" * 30]
)
def test_what_is_no_secret(text: str) -> None:
    with pytest.raises(ValueError):
        secret_bytes(text)
