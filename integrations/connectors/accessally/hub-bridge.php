<?php
/**
 * Plugin Name: GHL Hub bridge
 * Description: Tells GHL Hub about members, and about offerings and teams when asked to. Put this file into
 *              wp-content/mu-plugins/ (make the directory if it is not there); it is then always active.
 *
 * For an offering or a team, call one of these from the site's own code:
 *   do_action( 'ghl_hub_event', 'offering.updated', array( 'offering_id' => '421', 'calendar_name' => '...' ) );
 *   do_action( 'ghl_hub_event', 'team.deleted', array( 'team_id' => '31' ) );
 */

defined( 'ABSPATH' ) || exit;

const GHL_HUB_URL    = '{url}';
const GHL_HUB_SECRET = '{secret}';

add_action( 'ghl_hub_event', 'ghl_hub_send', 10, 2 );
add_action( 'user_register', 'ghl_hub_member', 20, 1 );
add_action( 'profile_update', 'ghl_hub_member', 20, 1 );
add_action( 'accessally_update_user', 'ghl_hub_member', 20, 2 );
add_action( 'shutdown', 'ghl_hub_flush' );

/** Note a member once for this page, however many of the hooks fire. */
function ghl_hub_member( $user_id, $contact_id = '' ) {
	global $ghl_hub_members;
	$known                       = isset( $ghl_hub_members[ $user_id ] ) ? $ghl_hub_members[ $user_id ] : '';
	$ghl_hub_members[ $user_id ] = is_scalar( $contact_id ) && '' !== (string) $contact_id ? (string) $contact_id : $known;
}

/** When the page is done: one event for each member, as it stands then. */
function ghl_hub_flush() {
	global $ghl_hub_members;
	foreach ( (array) $ghl_hub_members as $user_id => $contact_id ) {
		$user = get_userdata( $user_id );
		if ( ! $user ) {
			continue;
		}
		ghl_hub_send(
			'member.updated',
			array(
				'email'      => $user->user_email,
				'wp_user_id' => $user->ID,
				'contact_id' => $contact_id,
				'first_name' => $user->first_name,
				'last_name'  => $user->last_name,
				'tags'       => ghl_hub_tags( $contact_id ),
			)
		);
	}
	$ghl_hub_members = array();
}

/** The member's CRM tags by name. AccessAlly's classes are internal and may change: nothing relies on them. */
function ghl_hub_tags( $contact_id ) {
	if ( '' === $contact_id || ! is_callable( array( 'AccessAllyMembershipUtilities', 'get_contact_tags' ) ) ) {
		return array();
	}
	try {
		$names = array();
		foreach ( (array) AccessAllyMembershipUtilities::get_all_tags() as $tag ) {
			$tag                    = (array) $tag;
			$names[ $tag['Id'] ?? '' ] = $tag['TagName'] ?? '';
		}
		$tags = (array) AccessAllyMembershipUtilities::get_contact_tags( $contact_id );
		return array_values( array_filter( array_map( function ( $id ) use ( $names ) {
			return is_scalar( $id ) ? ( $names[ $id ] ?? (string) $id ) : '';
		}, $tags ) ) );
	} catch ( \Throwable $problem ) {
		return array();
	}
}

/** Send one event, signed as Standard Webhooks has it. The page does not wait for the answer. */
function ghl_hub_send( $type, $data ) {
	$id   = 'evt_' . wp_generate_uuid4();
	$body = wp_json_encode(
		array(
			'id'          => $id,
			'type'        => $type,
			'occurred_at' => gmdate( 'c' ),
			'source'      => 'accessally',
			'data'        => $data,
		)
	);
	$at        = (string) time();
	$key       = base64_decode( preg_replace( '/^whsec_/', '', GHL_HUB_SECRET ) );
	$signature = base64_encode( hash_hmac( 'sha256', $id . '.' . $at . '.' . $body, $key, true ) );
	wp_remote_post(
		GHL_HUB_URL,
		array(
			'blocking' => false,
			'timeout'  => 5,
			'headers'  => array(
				'Content-Type'      => 'application/json',
				'webhook-id'        => $id,
				'webhook-timestamp' => $at,
				'webhook-signature' => 'v1,' . $signature,
			),
			'body'     => $body,
		)
	);
}
