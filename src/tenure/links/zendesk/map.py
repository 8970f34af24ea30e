"""Zendesk objects: organizations are accounts, end users are contacts, agents are people of ours, tickets."""

from tenure.links.files.mapping import Take
from tenure.links.shape import ObjectMap

SOURCE = "zendesk"
PREFIXES = ("zendesk", "zd")

_ID = Take(column=("id",))
_DELETED = Take(column=("_fivetran_deleted",))
_USER = ("organization_id", "role", "ticket_restriction")

OBJECTS = (
    ObjectMap(
        "User (agents)", "user", ("user", "agent"),
        {"external_id": _ID, "email": Take(column=("email",)), "name": Take(column=("name",))},
        _USER, where={"role": ("agent", "admin")}, never=("requester_id",),
    ),
    ObjectMap(
        "Organization", "account", ("organization", "organisation"),
        {"external_id": _ID, "name": Take(column=("name",)), "same_as_ref": Take(column=("external_id",)), "deleted": _DELETED},
        ("shared_tickets", "shared_comments"), never=("organization_id", "requester_id"),
    ),
    ObjectMap(
        "User (end users)", "contact", ("user", "enduser"),
        {
            "external_id": _ID, "account_ref": Take(column=("organization_id",)), "name": Take(column=("name", "email")),
            "email": Take(column=("email",)), "phone": Take(column=("phone",)), "deleted": _DELETED,
        },
        _USER, where={"role": ("end-user",)}, never=("requester_id",),
    ),
    ObjectMap(
        "Ticket", "ticket", ("ticket",),
        {
            "external_id": _ID, "account_ref": Take(column=("organization_id",)), "contact_ref": Take(column=("requester_id",)),
            "subject": Take(column=("subject", "raw_subject")), "status": Take(column=("status",)), "priority": Take(column=("priority",)),
            "opened_at": Take(column=("created_at",)), "closed_at": Take(column=("solved_at", "closed_at")),
            "deleted": Take(column=("status",), map={"deleted": True, "*": False}),
        },
        ("requester_id", "status"), never=("ticket_id", "author_id"),
    ),
)  # fmt: skip
