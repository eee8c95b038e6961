"""A simulated GoHighLevel: the 187 calls of the 13 official files, with state and a will of its own.

What is not published is a setting (`knobs`), and said where it is read.
"""

from __future__ import annotations

from integrations.sandbox import faults
from integrations.sandbox.ghl import actions, consent, knobs, limits, mishaps, router, seed, tokens, webhooks
from integrations.sandbox.ghl.summary import summary
from integrations.sandbox.simulation import Simulation

SIMULATION = Simulation(
    slug="ghl",
    title="GoHighLevel",
    seed=seed.seed,
    handle=router.handle,
    new_credentials=seed.new_credentials,
    public_credentials=(
        "client_id",
        "client_secret",
        "private_integration_token",
        "agency_integration_token",
        "location_id",
        "company_id",
    ),
    summary=summary,
    throttled=router.throttled,
    revoke=tokens.revoke,
    roomy=limits.ROOMY,
    renews="new_private_token",
    agrees=consent.agrees,
    account=router.account_of,
    actions=actions.ACTIONS,
    settings=knobs.SETTINGS,
    sign=webhooks.sign,
    hook_keys=webhooks.hook_keys,
    afterwards={
        faults.SLOT_TAKEN: mishaps.take_first_slot,
        faults.CREATED_BUT_REFUSED: mishaps.refuse_what_was_made,
    },
)
