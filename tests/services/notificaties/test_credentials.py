"""Certificates and tokens; what they do toward a subscriber is in bezorging/test_toegang.py."""

import ssl
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from chassis import clock
from chassis.fetching import Outbound
from services.notificaties.credentials import Access, ClientCredentials, NoToken, access_of, client_context
from tests.services.notificaties.certificates import Authority
from tests.services.notificaties.webhooks import Subscribers


def test_a_certificate_with_its_key() -> None:
    authority = Authority()
    pair = authority.sign("meent")
    context = client_context(pair.certificate, pair.key, authority.certificate)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert any((("commonName", "Proefuitgever"),) in one["subject"] for one in context.get_ca_certs())


def test_a_key_with_a_password_is_refused() -> None:
    pair = Authority().sign("meent")
    key = serialization.load_pem_private_key(pair.key.encode(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"wachtwoord"),
    )
    with pytest.raises((ValueError, ssl.SSLError)):
        client_context(pair.certificate, locked.decode(), "")


async def test_without_a_token_endpoint_there_is_no_token(there: Subscribers) -> None:
    outbound = Outbound("127.0.0.1")
    client = ClientCredentials(f"{there.url}/token", "meent", "geheim")
    with pytest.raises(NoToken):
        await client.authorization(outbound)
    await outbound.close()


async def test_a_token_is_kept_until_its_end(there: Subscribers) -> None:
    outbound = Outbound("127.0.0.1")
    client = ClientCredentials(
        f"{there.url}/token", "meent", "geheim", _token="x", _until=clock.now() + timedelta(minutes=1)
    )
    assert await client.authorization(outbound) == "Bearer x"
    client.refused()
    with pytest.raises(NoToken):
        await client.authorization(outbound)
    await outbound.close()


async def test_access_without_anything_of_its_own() -> None:
    settings = {"oauth2": None, "certificaat": "", "servercertificaat": ""}
    access = access_of("", "Bearer x", settings, {"oauth2": "", "sleutel": ""})
    assert access == Access("Bearer x")
    assert access.stranger("") is None
    assert "Bearer x" not in repr(access)
    await access.close()
