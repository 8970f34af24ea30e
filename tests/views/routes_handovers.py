"""The routes of hand-overs, for the table of all routes: name, right, methods, arguments and query."""

from collections.abc import Callable
from datetime import date
from typing import Any

from tenure.models import HandOver
from tests.world import World

VIEW, EDIT = "handover.view", "handover.edit"
BOTH = "GET POST"
Row = tuple[str, str, str, Callable[[World], dict[str, Any]], str]


def nothing(world: World) -> dict[str, Any]:
    return {}


def account(world: World) -> dict[str, Any]:
    return {"pk": world.homeworld.pk}


def account_handover(world: World) -> dict[str, Any]:
    days = {
        "edition": date(2022, 11, 11),
        "started_on": world.today,
        "due_on": world.today,
        "created_at": world.at,
        "updated_at": world.at,
    }
    made, _ = HandOver.objects.get_or_create(account=world.homeworld, kind="sale", defaults=days)
    return {"pk": made.pk}


def account_handover_item(world: World) -> dict[str, Any]:
    return {**account_handover(world), "item": "command_plan"}


def account_handover_event(world: World) -> dict[str, Any]:
    return {**account_handover(world), "event": 999_999}


ROWS: list[Row] = [
    *((f"handovers:{verb}", VIEW, "GET", nothing, "") for verb in ("list", "rows", "tabs", "menu", "adjust")),
    ("handovers:filter", VIEW, "GET", nothing, "?column=state"),
    ("handovers:export", "account.export", "GET", nothing, ""),
    ("handovers:urgent", VIEW, "GET", nothing, ""),
    ("handovers:show", VIEW, "GET", account_handover, ""),
    ("handovers:tick", EDIT, BOTH, account_handover_item, ""),
    ("handovers:untick", EDIT, "POST", account_handover_item, ""),
    ("handovers:offer", EDIT, BOTH, account_handover, ""),
    ("handovers:accept", EDIT, BOTH, account_handover, ""),
    ("handovers:send_back", EDIT, BOTH, account_handover, ""),
    ("handovers:cancel", EDIT, BOTH, account_handover, ""),
    ("handovers:change", EDIT, BOTH, account_handover, ""),
    ("handovers:undo", EDIT, "POST", account_handover_event, ""),
    ("handovers:start", EDIT, BOTH, account, ""),
]
