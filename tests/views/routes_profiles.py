"""The routes of customers' profiles: lines of the table in ``routes``."""

from typing import Any

from tenure.models import ProfileProposal, ProfileSheet, ProfileValue
from tests.world import World

FIELD = "nodes"


def nothing(world: World) -> dict[str, Any]:
    return {}


def account(world: World) -> dict[str, Any]:
    return {"pk": world.homeworld.pk}


def account_field(world: World) -> dict[str, Any]:
    return {"pk": world.homeworld.pk, "field": FIELD}


def account_value(world: World) -> dict[str, Any]:
    row, _ = ProfileValue.objects.get_or_create(
        account=world.homeworld,
        field=FIELD,
        replaced_at=None,
        defaults={"value": 3, "learnt_on": world.today, "recorded_at": world.at},
    )
    return {"pk": world.homeworld.pk, "value": row.pk}


def account_token(world: World) -> dict[str, Any]:
    return {**account(world), "token": "no-such-token"}


def account_profile(world: World) -> dict[str, Any]:
    return {"pk": world.homeworld.pk, "profile": "technical"}


def account_proposal(world: World) -> dict[str, Any]:
    row, _ = ProfileProposal.objects.get_or_create(
        account=world.homeworld, field=FIELD, state="pending", defaults={"value": 4, "from_name": "Ann", "proposed_at": world.at}
    )
    return {"pk": world.homeworld.pk, "proposal": row.pk}


def account_sheet(world: World) -> dict[str, Any]:
    row, _ = ProfileSheet.objects.get_or_create(
        account=world.homeworld, title="Before the kick-off", defaults={"fields": [FIELD], "created_at": world.at}
    )
    return {"pk": world.homeworld.pk, "sheet": row.pk}


def account_sheet_file(world: World) -> dict[str, Any]:
    return {**account_sheet(world), "form": "csv"}


def account_brief(world: World) -> dict[str, Any]:
    return {"pk": world.homeworld.pk, "form": "md"}


# name, what it needs, methods, arguments
PROFILES = [
    ("profiles:asked", "profile.view", "GET", account),
    ("profiles:show", "profile.view", "GET", account_field),
    ("profiles:history", "profile.view", "GET", account_field),
    ("profiles:change", "profile.edit", "GET POST", account_field),
    ("profiles:confirm", "profile.edit", "POST", account_field),
    ("profiles:take_back", "profile.edit", "GET POST", account_field),
    ("profiles:undo", "profile.edit", "POST", account_value),
    ("profiles_proposals:accept", "profile.edit", "POST", account_proposal),
    ("profiles_proposals:decline", "profile.edit", "GET POST", account_proposal),
    ("profiles_proposals:reopen", "profile.edit", "POST", account_proposal),
    ("profiles_proposals:accept_many", "profile.edit", "POST", account_profile),
    ("profiles_proposals:reopen_many", "profile.edit", "POST", account_token),
    ("profiles_sheets:create", "profile.edit", "GET POST", account),
    ("profiles_sheets:revoke", "profile.edit", "POST", account_sheet),
    ("profiles_sheets:read", "profile.edit", "GET POST", account_sheet),
    ("profiles_sheets:file", "profile.view", "GET", account_sheet_file),
    ("profiles_report:show", "report.view", "GET", nothing),
    ("profiles_brief:show", "profile.view", "GET", account),
    ("profiles_brief:file", "profile.view", "GET", account_brief),
]
