"""How the simulated GHL signs what it sends: Ed25519 over the bytes, by a key of this sandbox's own."""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from integrations.sandbox.simulation import own_credentials
from integrations.sandbox.transaction import Tx

KEY = "webhook_key"


def new_key() -> str:
    """Any 32 bytes are an Ed25519 private key."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def sign(tx: Tx, body: bytes) -> dict[str, str]:
    """The headers of a delivery."""
    signature = base64.b64encode(_key(tx).sign(body)).decode()
    return {"Content-Type": "application/json", "X-GHL-Signature": signature}


def hook_keys(tx: Tx) -> dict[str, str]:
    """What the hub checks deliveries of this sandbox with, and nothing else: the old way is switched off."""
    public = _key(tx).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {"ed25519_key": public.decode(), "rsa_key": "", "accept_rsa": "no"}


def _key(tx: Tx) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(own_credentials(tx)[KEY]))
