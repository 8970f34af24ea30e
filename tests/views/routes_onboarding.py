"""The routes of onboardings and reviews, for the table of all routes: name, need, methods, arguments, query."""

from typing import Any

from tenure.models import Onboarding
from tests.world import World

BOTH = "GET POST"


def nothing(world: World) -> dict[str, Any]:
    return {}


def unknown(world: World) -> dict[str, Any]:
    return {"pk": 999_999}


def unknown_token(world: World) -> dict[str, Any]:
    return {"token": "forged"}


def layout(world: World) -> dict[str, Any]:
    return {"layout": "board"}


def account_onboarding(world: World) -> dict[str, Any]:
    made, _ = Onboarding.objects.get_or_create(
        account=world.homeworld, name="Homeworld", defaults={"cause": "person", "edition": world.today, "created_at": world.at, "updated_at": world.at}
    )  # fmt: skip
    return {"pk": made.pk}


def account_milestone(world: World) -> dict[str, Any]:
    return {**account_onboarding(world), "key": "scm_40"}


def unknown_onboarding_event(world: World) -> dict[str, Any]:
    return {"pk": 999_999, "event": 999_999}


def review(world: World) -> dict[str, Any]:
    return {"kind": "onboarding"}


def unknown_assigned(world: World) -> dict[str, Any]:
    return {**unknown_in_review(world), "token": "forged"}


def unknown_review(world: World) -> dict[str, Any]:
    return {"kind": "nothing"}


def unknown_in_review(world: World) -> dict[str, Any]:
    return {**review(world), "pk": 999_999}


ROWS: list[tuple[Any, ...]] = [
    ("onboardings:list", "onboarding.view", "GET", nothing),
    ("onboardings:board", "onboarding.view", "GET", nothing),
    ("onboardings:times", "onboarding.view", "GET", nothing),
    ("onboardings:times_export", "account.export", "GET", nothing),
    ("onboardings:rows", "onboarding.view", "GET", nothing),
    ("onboardings:export", "account.export", "GET", nothing),
    ("onboardings:create", "onboarding.edit", BOTH, nothing),
    ("onboardings:assign", "onboarding.edit", BOTH, nothing),
    ("onboardings:mark", "onboarding.edit", BOTH, nothing),
    ("onboardings:bulk_undo", "onboarding.edit", "POST", unknown_token),
    ("onboardings:move", "onboarding.edit", "POST", account_onboarding),
    ("onboardings:show", "onboarding.view", "GET", account_onboarding),
    ("onboardings:change", "onboarding.edit", "POST", account_onboarding),
    ("onboardings:status", "onboarding.edit", "POST", account_onboarding),
    ("onboardings:complete", "onboarding.edit", BOTH, account_onboarding),
    ("onboardings:milestone", "onboarding.edit", "POST", account_milestone),
    ("onboardings:delete", "onboarding.edit", "POST", account_onboarding),
    ("onboardings:restore", "onboarding.edit", "POST", unknown),
    ("onboardings:undo", "onboarding.edit", "POST", unknown_onboarding_event),
    ("onboardings:tabs", "onboarding.view", "GET", layout),
    ("onboardings:filter", "onboarding.view", "GET", layout, "?column=status"),
    ("onboardings:menu", "onboarding.view", "GET", layout),
    ("onboardings:adjust", "onboarding.view", "GET", layout),
    ("reviews:list", "review.hold", "GET", nothing),
    ("reviews:show", "review.hold", "GET", review),
    ("reviews:start", "review.hold", "POST", review),
    ("reviews:past", "review.hold", "GET", unknown_in_review),
    ("reviews:note", "review.hold", "POST", unknown_in_review),
    ("reviews:look", "review.hold", "POST", unknown_in_review),
    ("reviews:assign", "review.hold", "POST", unknown_in_review),
    ("reviews:unassign", "review.hold", "POST", unknown_assigned),
    ("reviews:step", "review.hold", "POST", unknown_in_review),
    ("reviews:unstep", "review.hold", "POST", unknown_in_review),
    ("reviews:sign", "review.hold", "POST", unknown_review),
    ("reviews:reopen", "review.hold", "POST", unknown_review),
]
