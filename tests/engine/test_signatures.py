"""Signatures: only the holder of the other half of the key, only these bytes, and never a crash."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from integrations.engine.signatures import der, ed25519_ok, hmac_ok, rsa_ok

BODY = b'{"type": "ContactCreate"}'
ED25519, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(key: Ed25519PrivateKey | rsa.RSAPrivateKey) -> str:
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def ed25519(key: Ed25519PrivateKey = ED25519, body: bytes = BODY) -> str:
    return base64.b64encode(key.sign(body)).decode()


def rsa_signature(body: bytes = BODY) -> str:
    return base64.b64encode(RSA.sign(body, PKCS1v15(), hashes.SHA256())).decode()


def test_a_body_signed_by_the_key_is_good() -> None:
    assert ed25519_ok(public(ED25519), ed25519(), BODY)
    assert rsa_ok(public(RSA), rsa_signature(), BODY)


@pytest.mark.parametrize(
    ("keys", "signature", "body"),
    [
        (public(ED25519), ed25519(), BODY + b" "),
        (public(ED25519), ed25519(OTHER), BODY),
        (public(OTHER), ed25519(), BODY),
        (public(ED25519), "", BODY),
        (public(ED25519), "N/A", BODY),
        (public(ED25519), "not base64!", BODY),
        (public(ED25519), base64.b64encode(b"short").decode(), BODY),
        (public(RSA), ed25519(), BODY),
        ("", ed25519(), BODY),
        ("no key at all", ed25519(), BODY),
        ("-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----", ed25519(), BODY),
    ],
    ids=range(11),  # the keys are new every time, and processes that share the tests compare their names
)
def test_anything_else_is_not(keys: str, signature: str, body: bytes) -> None:
    assert not ed25519_ok(keys, signature, body)
    assert not rsa_ok(keys, signature, body)


@given(signature=st.text(max_size=100), body=st.binary(max_size=50), key=st.text(max_size=60))
def test_nonsense_is_a_no_and_never_an_error(signature: str, body: bytes, key: str) -> None:
    assert not ed25519_ok(key, signature, body)
    assert not rsa_ok(key, signature, body)
    assert not hmac_ok(key, signature, body)


def test_while_keys_rotate_either_of_them_is_good() -> None:
    both = f"{public(OTHER)},{public(ED25519)}"
    assert ed25519_ok(both, ed25519(ED25519), BODY)
    assert ed25519_ok(both, ed25519(OTHER), BODY)


def test_a_key_may_stand_in_one_line_as_environments_want_it() -> None:
    bare = "".join(line for line in public(ED25519).splitlines() if not line.startswith("-"))
    in_one_line = public(ED25519).replace("\n", "\\n")
    assert der(bare) == der(in_one_line) == der(public(ED25519))
    assert ed25519_ok(bare, ed25519(), BODY)
    assert ed25519_ok(in_one_line, ed25519(), BODY)


def test_a_shared_secret_signs_in_hex_or_base64() -> None:
    made = hmac.new(b"secret", BODY, hashlib.sha256).digest()
    assert hmac_ok("secret", made.hex(), BODY)
    assert hmac_ok("secret", made.hex().upper(), BODY)
    assert hmac_ok("secret", base64.b64encode(made).decode(), BODY)
    assert not hmac_ok("another", made.hex(), BODY)
    assert not hmac_ok("secret", made.hex(), BODY + b"x")
