"""How a site tells the hub: four ways, and the snippet of the third.

The hooks: `accessally_update_user(wp_user_id, contact_id)` is AccessAlly's own, `user_register` and
`profile_update` are WordPress's. AccessAlly's `add_contact_tags` fires none of them, and from version 4.0
tags stand in a table without a hook (third-party code that calls its classes), hence the note on tags.
"""

from __future__ import annotations

from pathlib import Path

from integrations.connectors.accessally.triggers import TYPES
from integrations.engine import bridged

SNIPPET = (Path(__file__).parent / "hub-bridge.php").read_text(encoding="utf-8")

SETUP = (
    "Keep AccessAlly at version 3.5.7 or later: versions before it showed the server's environment variables "
    "to any visitor (a published vulnerability).",
    "First choice: let the CRM that drives the site post to this address from an automation (ActiveCampaign, "
    "Keap, Ontraport, Kit, Drip: its “webhook” or “HTTP post” action). It cannot sign, so switch on simple "
    "mode, and put the type into the address, such as ?type=offering.updated.",
    "Second: Zapier, “Webhooks by Zapier”, POST, with the event as JSON; in simple mode as well. With "
    "Managed Contacts, AccessAlly's own contacts, there is no CRM, and this is the first choice.",
    "Third: save the snippet as hub-bridge.php in wp-content/mu-plugins/ of the site. It signs what it "
    "sends, and no page waits for it, so what does not arrive is not sent again. It tells of members by "
    "itself; a tag alone that is added fires no hook in AccessAlly: such a change comes with the next one.",
    "Fourth: where WP Fusion is installed, let its own automation in the CRM do the same as the first.",
    "Offerings and teams have no hook in AccessAlly: send those events from wherever they are changed, or "
    "with do_action( 'ghl_hub_event', … ) as the snippet shows.",
    "Questions for free times are not sent here, where nobody waits for an answer: they are asked at the "
    "address on the page of the workflow that answers them.",
)

WEBHOOKS = bridged.webhooks(TYPES, source="accessally", setup=SETUP, snippets=(("hub-bridge.php", SNIPPET),))
