"""The routes of projects, for the table of all routes: name, right, methods, arguments and query."""

from collections.abc import Callable
from datetime import date
from typing import Any

from tenure.actions import projects
from tenure.models import Project
from tests.world import World

VIEW, EDIT, INVITE, EXPORT = "project.view", "project.edit", "project.invite", "account.export"
BOTH = "GET POST"
Row = tuple[str, str, str, Callable[[World], dict[str, Any]], str]


def nothing(world: World) -> dict[str, Any]:
    return {}


def account(world: World) -> dict[str, Any]:
    return {"pk": world.homeworld.pk}


def made(world: World) -> Project:
    """The one project of Homeworld."""
    return projects.create(
        world.homeworld,
        "enterprise",
        start=date(2026, 11, 1),
        natural_key="routes",
        another=True,
        today=world.today,
        actor=None,
        at=world.at,
    )


def account_project(world: World) -> dict[str, Any]:
    return {"pk": made(world).pk}


def account_project_token(world: World) -> dict[str, Any]:
    return {**account_project(world), "token": "forged"}


def account_issue(world: World) -> dict[str, Any]:
    return {**account_project(world), "iid": 7}


def account_issue_comment(world: World) -> dict[str, Any]:
    return {**account_issue(world), "comment": 999_999}


def account_milestone(world: World) -> dict[str, Any]:
    return {**account_project(world), "part": made(world).milestones.order_by("pk")[0].pk}


def account_label(world: World) -> dict[str, Any]:
    return {**account_project(world), "part": made(world).labels.order_by("pk")[0].pk}


def account_member(world: World) -> dict[str, Any]:
    return {**account_project(world), "part": made(world).members.order_by("pk")[0].pk}


def account_guest(world: World) -> dict[str, Any]:
    return {**account_project(world), "part": 999_999}


def template(world: World) -> dict[str, Any]:
    return {"key": "enterprise", "version": 1}


def unknown_token(world: World) -> dict[str, Any]:
    return {"token": "forged"}


def unknown_guest_issue(world: World) -> dict[str, Any]:
    return {"token": "forged", "iid": 1}


def _rows() -> list[Row]:
    found: list[Row] = [
        *((f"projects:{verb}", VIEW, "GET", nothing, "?column=plan" * (verb == "filter")) for verb in ("list", "rows", "tabs", "filter", "menu", "adjust")),
        ("projects:export", EXPORT, "GET", nothing, ""), ("projects:mend_many", EDIT, "POST", nothing, ""),
        ("projects:unmend_many", EDIT, "POST", unknown_token, ""), ("projects:templates", VIEW, "GET", nothing, ""),
        ("projects:template", VIEW, "GET", template, ""), ("projects:create", EDIT, BOTH, account, ""),
        *((f"projects:{verb}", VIEW, "GET", account_project, "") for verb in ("show", "check", "milestones", "labels", "people")),
        *((f"projects:{verb}", VIEW, "GET", account_project, query) for verb, query in (
            ("issues", "?view=all"), ("issues_rows", "?f=state:is:opened"), ("issues_filter", "?column=labels"), ("issues_menu", ""), ("issues_adjust", ""), ("board", "?view=all"),
        )),
        ("projects:issues_export", EXPORT, "GET", account_project, ""), ("projects:issues_choices", EDIT, "GET", account_project, "?of=assignees"),
        *((f"projects:{verb}", EDIT, BOTH, account_project, "") for verb in ("change", "update", "issue_create", "milestone_create", "label_create", "member_create")),
        *((f"projects:{verb}", EDIT, "POST", account_project, "") for verb in ("move", "archive", "reopen", "delete", "restore", "mend", "issues_bulk")),
        ("projects:undo", EDIT, "POST", account_project_token, ""), *((f"projects:{verb}", VIEW, "GET", account_issue, "") for verb in ("issue", "people_like")),
        ("projects:board_move", EDIT, "POST", account_issue, ""), ("projects:issue_change", EDIT, BOTH, account_issue, ""),
        *((f"projects:issue_{verb}", EDIT, "POST", account_issue, "") for verb in ("close", "reopen", "delete", "tick", "comment")),
        *((f"projects:comment_{verb}", EDIT, "POST", account_issue_comment, "") for verb in ("change", "delete", "restore")),
        ("projects:milestone_change", EDIT, BOTH, account_milestone, ""), ("projects:milestone_delete", EDIT, "POST", account_milestone, ""),
        ("projects:label_change", EDIT, BOTH, account_label, ""), ("projects:label_delete", EDIT, "POST", account_label, ""),
        ("projects:member_change", EDIT, "POST", account_member, ""), ("projects:member_delete", EDIT, "POST", account_member, ""),
        ("projects:guest_create", INVITE, BOTH, account_project, ""), ("projects:guest_revoke", INVITE, "POST", account_guest, ""),
        ("projects_guest:show", "open", "GET", unknown_token, ""), ("projects_guest:issue", "open", "GET", unknown_guest_issue, ""),
        *((f"projects_guest:{verb}", "open", "POST", unknown_guest_issue, "") for verb in ("comment", "tick")),
    ]  # fmt: skip
    return found


ROWS = _rows()
