"""Whether a body was signed by who holds the other half of a key. Always over the bytes as they came.

Every check answers yes or no: a signature, or a key, that cannot even be read is a no.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

ARMOUR = "-----"


def ed25519_ok(public_keys: str, signature: str, body: bytes) -> bool:
    """`signature` in base64. `public_keys`: one, or several with commas between them while they rotate."""
    signed = _bytes(signature)
    return signed is not None and any(_ed25519_ok(key, signed, body) for key in public_keys.split(","))


def rsa_ok(public_keys: str, signature: str, body: bytes) -> bool:
    """RSASSA-PKCS1-v1_5 over SHA-256, in base64."""
    signed = _bytes(signature)
    return signed is not None and any(_rsa_ok(key, signed, body) for key in public_keys.split(","))


def hmac_ok(secret: str, signature: str, body: bytes) -> bool:
    """HMAC with SHA-256, in hex or base64, compared in constant time."""
    made = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    given = signature.strip().encode("utf-8", "replace")
    # One after the other, both always: how long it takes tells nothing.
    hexed = hmac.compare_digest(made.hex().encode(), given.lower())
    return hmac.compare_digest(base64.b64encode(made), given) or hexed


def der(public_key: str) -> bytes | None:
    """The key itself, out of a PEM or its bare base64; None for what is neither."""
    lines = public_key.replace("\\n", "\n").splitlines()
    return _bytes("".join(line.strip() for line in lines if not line.startswith(ARMOUR)))


def _ed25519_ok(public_key: str, signature: bytes, body: bytes) -> bool:
    key = _key(public_key)
    if not isinstance(key, Ed25519PublicKey):
        return False
    try:
        key.verify(signature, body)
    except InvalidSignature:
        return False
    return True


def _rsa_ok(public_key: str, signature: bytes, body: bytes) -> bool:
    key = _key(public_key)
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(signature, body, PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _key(public_key: str) -> object:
    try:
        return load_der_public_key(der(public_key) or b"")
    except (ValueError, UnsupportedAlgorithm):
        return None


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
