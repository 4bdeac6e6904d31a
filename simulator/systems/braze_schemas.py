"""The records of Braze Currents: names, types and order of the fields.

They are those of Braze's own sample files. In the lists below a bare name is ``["null", "string"]``
with null as its default, which most fields are; ``name!type`` is a required field, and
``name:type`` a nullable one.
"""

from __future__ import annotations

from typing import Any

WHO = "id!string user_id!string"
CAMPAIGN = "campaign_id campaign_name message_variation_id message_variation_name"
CANVAS = (
    "canvas_id canvas_name canvas_variation_id canvas_variation_name canvas_step_id"
    " canvas_step_name"
)
EMAIL = f"{WHO} dispatch_id external_user_id time!int timezone {CAMPAIGN} email_address!string"
READER = "device_class device_os device_model browser mailbox_provider"
ROBOT = "is_suspected_bot_click:boolean suspected_bot_click_reason:strings"
ADVERTISING = "ad_id ad_id_type ad_tracking_enabled:boolean"
SMS = f"{WHO} dispatch_id external_user_id time!int timezone {CAMPAIGN} to_phone_number"

EVENTS = {
    "users.messages.email.Send": (
        f"{EMAIL} {CANVAS} send_id ip_pool message_extras app_group_id from_domain"
    ),
    "users.messages.email.Delivery": (
        f"{EMAIL} {CANVAS} send_id sending_ip ip_pool esp from_domain app_group_id"
    ),
    "users.messages.email.Open": (
        f"{EMAIL} {CANVAS} send_id user_agent ip_pool machine_open esp from_domain is_amp:boolean"
        f" app_group_id {READER}"
    ),
    "users.messages.email.Click": (
        f"{EMAIL} url {CANVAS} send_id user_agent ip_pool link_id link_alias esp from_domain"
        f" is_amp:boolean app_group_id {READER} {ROBOT}"
    ),
    "users.messages.email.Bounce": (
        f"{EMAIL} {CANVAS} send_id sending_ip ip_pool bounce_reason esp from_domain"
        " is_drop:boolean app_group_id"
    ),
    "users.messages.email.Unsubscribe": f"{EMAIL} {CANVAS} send_id ip_pool app_group_id",
    "users.messages.email.MarkAsSpam": (
        f"{EMAIL} {CANVAS} send_id user_agent ip_pool esp from_domain app_group_id"
    ),
    "users.messages.pushnotification.Send": (
        f"{WHO} external_user_id app_id!string time!int timezone platform!string {CAMPAIGN}"
        f" {CANVAS} send_id dispatch_id device_id {ADVERTISING} message_extras push_token"
        " app_group_id locale_key"
    ),
    "users.messages.pushnotification.Open": (
        f"{WHO} external_user_id time!int timezone app_id!string {CAMPAIGN} {CANVAS}"
        " canvas_step_message_variation_id platform os_version device_model send_id dispatch_id"
        f" device_id button_action_type button_string {ADVERTISING} app_group_id"
    ),
    "users.messages.pushnotification.Bounce": (
        f"{WHO} external_user_id app_id!string time!int timezone platform {CAMPAIGN} {CANVAS}"
        f" send_id dispatch_id device_id {ADVERTISING} push_token app_group_id"
    ),
    "users.messages.sms.Send": (
        f"{SMS} subscription_group_id {CANVAS} send_id category message_extras app_group_id"
    ),
    "users.messages.sms.Delivery": (
        f"{SMS} subscription_group_id from_phone_number {CANVAS} send_id app_group_id"
        " is_sms_fallback:boolean"
    ),
    "users.messages.sms.DeliveryFailure": (
        f"{SMS} subscription_group_id error provider_error_code {CANVAS} send_id app_group_id"
        " is_sms_fallback:boolean"
    ),
    "users.messages.sms.ShortLinkClick": (
        f"{WHO} external_user_id app_group_id time!int timezone {CAMPAIGN} {CANVAS} url!string"
        f" short_url!string user_agent user_phone_number {ROBOT}"
    ),
    "users.messages.sms.InboundReceive": (
        "id!string user_id external_user_id app_group_id!string time!int user_phone_number!string"
        " subscription_group_id inbound_phone_number!string action!string message_body!string"
        f" media_urls:texts {CAMPAIGN} {CANVAS}"
    ),
    "users.messages.inappmessage.Impression": (
        f"{WHO} external_user_id time!int timezone app_id!string {CAMPAIGN} {CANVAS} card_id"
        f" platform os_version device_model send_id device_id {ADVERTISING} app_group_id"
        " message_extras locale_key"
    ),
    "users.messages.inappmessage.Click": (
        f"{WHO} external_user_id app_id!string time!int timezone {CAMPAIGN} {CANVAS} card_id"
        f" platform os_version device_model button_id send_id device_id {ADVERTISING} app_group_id"
    ),
    "users.campaigns.EnrollInControl": (
        f"{WHO} external_user_id app_id time!int timezone campaign_id!string campaign_name"
        " message_variation_id message_variation_name send_id app_group_id"
    ),
    "users.behaviors.subscription.GlobalStateChange": (
        f"{WHO} external_user_id email_address state_change_source subscription_status!string"
        " channel time!int timezone app_group_id app_id campaign_id campaign_name"
        f" message_variation_id {CANVAS} send_id channel_identifier"
    ),
}
"""Event types and their fields, in the order of their files."""

TYPES: dict[str, Any] = {
    "string": "string",
    "int": "int",
    "boolean": "boolean",
    "strings": {"type": "array", "items": "string"},
    "texts": {"type": "array", "items": ["null", "string"]},
}


def fields(event: str) -> list[str]:
    """List the names of an event's fields.

    Returns
    -------
    list of str
        In the order of the record.
    """
    return [each["name"] for each in schema(event)["fields"]]


def schema(event: str) -> dict[str, Any]:
    """Write the schema of an event.

    Returns
    -------
    dict
        As JSON, without Braze's comments.
    """
    namespace, name = event.rsplit(".", 1)
    return {
        "type": "record",
        "name": name,
        "namespace": f"dataexport.S3.inner.{namespace}",
        "fields": [_field(word) for word in EVENTS[event].split()],
    }


def _field(word: str) -> dict[str, Any]:
    """Write one field."""
    if "!" in word:
        name, kind = word.split("!")
        return {"name": name, "type": TYPES[kind]}
    name, _, kind = word.partition(":")
    return {"name": name, "type": ["null", TYPES[kind or "string"]], "default": None}
