"""Tokens and rights: nothing but the client's own secret opens, and rights come from the policy alone."""

import base64
import json
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from chassis import access, clock
from chassis.access import Autorisatie, Caller, Token, TokenCache, TokenError, bearer, client_id_of, make_token, verify
from chassis.problems import PermissionDenied
from chassis.testing.service import SECRET, ServiceUnderTest
from tests.chassis.example import BASE, ZGW

OTHER = "the secret of another client, also of more than 32 bytes"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)  # fmt: skip


def encoded(part: Any) -> str:
    return (
        base64.urlsafe_b64encode(part if isinstance(part, bytes) else json.dumps(part).encode()).rstrip(b"=").decode()
    )


def claims(**changes: Any) -> dict[str, Any]:
    return {"iss": "test", "iat": int(time.time()), "client_id": "test", **changes}


def forged(header: dict[str, Any], body: Any, signature: bytes = b"") -> str:
    return f"{encoded(header)}.{encoded(body)}.{encoded(signature)}"


def signed(secret: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    """A token with a valid signature; a claim of None is left out."""
    body = {name: value for name, value in claims(**changes).items() if value is not None}
    return jwt.encode(body, secret, algorithm=algorithm)


ATTACKS = {
    "alg none": forged({"alg": "none", "typ": "JWT"}, claims()),
    "alg None": forged({"alg": "None"}, claims(), b"x"),
    "no alg": forged({"typ": "JWT"}, claims()),
    "alg of another family": signed(algorithm="HS512"),
    "rs256": jwt.encode(claims(), KEY, algorithm="RS256"),
    "hs256 with a public key": forged({"alg": "HS256"}, claims(), b"\0" * 32),
    "secret of another client": signed(OTHER),
    "no signature": forged({"alg": "HS256"}, claims()),
    "expired": signed(exp=int(time.time()) - 3600),
    "issued long ago": signed(iat=int(time.time()) - 2 * 3600),
    "issued in the future": signed(iat=int(time.time()) + 3600),
    "no iat": signed(iat=None),
    "iat as text": signed(iat=str(int(time.time()))),
    "iat that is no number": signed(iat=float("nan")),
    "exp that is no number": signed(exp=float("nan")),
    "exp as text": signed(exp="never"),
    "no client": signed(client_id=None, iss=None),
    "client as a list": signed(client_id=["test"]),
    "another client": signed(client_id="nobody", iss="nobody"),
    "claims that are no object": forged({"alg": "HS256"}, [1, 2]),
    "header that is no object": f"{encoded([1])}.{encoded(claims())}.x",
    "huge": signed(filler="x" * 100_000),
    "huge garbage": "a." * 100_000,
    "deep": f"{encoded({'alg': 'HS256'})}.{encoded(b'[' * 3000)}.x",
    "garbage": "garbage",
    "dots": "..",
    "spaces": "a b c",
    "nul": "a\0b.c.d",
    "not base64": "!!!.???.***",
    "not text": encoded(b"\xff\xfe") + "." + encoded(b"\xff\xfe") + ".x",
    "nothing": "",
}


class TestTokens:
    @pytest.mark.parametrize("attack", ATTACKS, ids=list(ATTACKS))
    async def test_attacks_are_refused(self, example: ServiceUnderTest, attack: str) -> None:
        example.grant("test", everything=True)
        example.grant("other", everything=True, secret=OTHER)
        headers = {"Authorization": b"Bearer " + ATTACKS[attack].encode()}
        for base, status in ((BASE, 401), (ZGW, 403)):
            answer = await example.anonymous().get(f"{base}/things", headers=headers)  # type: ignore[arg-type]
            assert (answer.status_code, answer.json()["code"]) == (status, "not_authenticated"), attack

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dGVzdDp0ZXN0", "Token x", "é", "bearer\tx"])
    async def test_other_headers_are_no_token(self, example: ServiceUnderTest, header: str) -> None:
        answer = await example.anonymous().get(f"{BASE}/things", headers={"Authorization": header.encode()})  # type: ignore[dict-item]
        assert answer.status_code == 401

    async def test_a_secret_that_is_empty_opens_nothing(self, example: ServiceUnderTest) -> None:
        example.grant("test", everything=True, secret="")
        digest = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
        head = f"{encoded({'alg': 'HS256'})}.{encoded(claims())}"
        token = f"{head}.{encoded(digest.sign(head.encode(), b''))}"
        answer = await example.anonymous({"Authorization": f"Bearer {token}"}).get(f"{BASE}/things")
        assert answer.status_code == 401

    async def test_a_public_key_as_secret_is_no_secret(self) -> None:
        digest = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
        head = f"{encoded({'alg': 'HS256'})}.{encoded(claims())}"
        token = f"{head}.{encoded(digest.sign(head.encode(), PUBLIC))}"
        with pytest.raises(TokenError):
            verify(token, (SECRET,))

    def test_every_secret_of_a_client_opens_while_it_rotates(self) -> None:
        for secret in (SECRET, OTHER):
            assert verify(signed(secret), (SECRET, OTHER)).client_id == "test"
        with pytest.raises(TokenError):
            verify(signed(), ())

    def test_times(self) -> None:
        token = make_token("test", SECRET, user_id="u", user_representation="U")
        found = verify(token, (SECRET,))
        assert (found.client_id, found.user_id, found.user_representation) == ("test", "u", "U")
        moment = clock.now()
        for later, valid in (
            (access.LIFETIME, True),
            (access.LIFETIME + access.LEEWAY + 5, False),
            (-access.AHEAD + 5, True),
            (-access.AHEAD - 5, False),
        ):
            with clock.frozen(moment + timedelta(seconds=later)):
                if valid:
                    verify(token, (SECRET,))
                else:
                    with pytest.raises(TokenError):
                        verify(token, (SECRET,))
        long = make_token("test", SECRET, exp=int(moment.timestamp()) + 86400)
        with clock.frozen(moment + timedelta(hours=20)):
            assert verify(long, (SECRET,))

    def test_who_a_token_says_it_is(self) -> None:
        assert client_id_of(make_token("a", SECRET)) == "a"
        assert client_id_of(signed(client_id=None, iss="b")) == "b"

    def test_the_header(self) -> None:
        assert bearer("Bearer  x ") == bearer("bearer x") == "x"
        assert bearer(None) is bearer("Bearer ") is None


class TestCache:
    def test_it_forgets_at_expiry_and_at_each_change(self) -> None:
        cache = TokenCache()
        token = Token("c", "", "", clock.now().timestamp() + 10)
        cache.put("t", token, 1)
        assert cache.get("t", 1) is token
        assert cache.get("t", 2) is None
        with clock.frozen(clock.now() + timedelta(seconds=11)):
            assert cache.get("t", 1) is None

    def test_it_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(access, "_CACHE_SIZE", 3)
        cache = TokenCache()
        for number in range(10):
            cache.put(str(number), Token("c", "", "", 2e9), 1)
            assert len(cache._known) <= 3


class TestRights:
    caller = Caller(
        "c",
        autorisaties=(
            Autorisatie("zrc", frozenset({"lezen"}), {"zaaktype": "a"}),
            Autorisatie("zrc", frozenset({"lezen", "schrijven"}), {"zaaktype": "b"}),
            Autorisatie("ztc", frozenset({"lezen"})),
        ),
    )

    def test_a_limit_holds_for_the_autorisatie_that_carries_it(self) -> None:
        assert self.caller.may("zrc", "lezen", zaaktype="a")
        assert self.caller.may("zrc", "lezen")
        assert not self.caller.may("zrc", "schrijven", zaaktype="a")
        assert not self.caller.may("zrc", "lezen", zaaktype="c")
        assert not self.caller.may("zrc", "lezen", zaaktype=None)
        assert self.caller.may("ztc", "lezen", zaaktype="anything")
        assert not self.caller.may("drc", "lezen")
        assert not Caller("nobody").may("zrc", "lezen")

    def test_a_limit_that_is_not_asked_about_gives_nothing(self) -> None:
        crew = Caller("crew", autorisaties=(Autorisatie("meldingen", frozenset({"lezen"}), {"ploeg": "groen"}),))
        assert crew.may("meldingen", "lezen")
        assert crew.may("meldingen", "lezen", ploeg="groen", afdeling="wegen")
        assert not crew.may("meldingen", "lezen", afdeling="wegen")
        assert crew.limited_to("meldingen", "lezen", "afdeling") == frozenset()

    def test_require_names_the_scope(self) -> None:
        self.caller.require("ztc", "lezen")
        with pytest.raises(PermissionDenied, match="schrijven"):
            self.caller.require("ztc", "schrijven")

    def test_for_lists(self) -> None:
        assert self.caller.limited_to("zrc", "lezen", "zaaktype") == {"a", "b"}
        assert self.caller.limited_to("zrc", "schrijven", "zaaktype") == {"b"}
        assert self.caller.limited_to("ztc", "lezen", "zaaktype") is None
        assert self.caller.limited_to("drc", "lezen", "zaaktype") == frozenset()
        assert access.SYSTEM.limited_to("drc", "lezen", "zaaktype") is None
