"""The routes of the journey, for the table of all routes: name, need, methods, arguments."""

from typing import Any

from tests.world import World

BOTH = "GET POST"


def account(world: World) -> dict[str, Any]:
    return {"pk": world.homeworld.pk}


def account_event(world: World) -> dict[str, Any]:
    return {"pk": world.homeworld.pk, "event": 999_999}


def unknown_step(world: World) -> dict[str, Any]:
    return {"pk": 999_999, "step": "demo"}


ROWS: list[tuple[Any, ...]] = [
    ("journeys:tick", "journey.edit", BOTH, unknown_step),
    ("journeys:untick", "journey.edit", "POST", unknown_step),
    ("journeys:stage", "journey.edit", BOTH, account),
    ("journeys:project", "journey.edit", BOTH, account),
    ("journeys:undo", "journey.edit", "POST", account_event),
]
