"""Every route of Tenure in one table: who may, by which methods, with which arguments.

A new route that is not in the table fails ``test_routes``: add its line here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tenure.models import Run
from tests.world import World

OPEN = "open"  # without log-in
OWN = "own"  # everybody who is logged in, about themselves
Arguments = Callable[[World], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """One line of the table. ``of_account``: the page is about one account, which must be visible too."""

    name: str
    need: str
    methods: str  # GET, POST, or both
    arguments: Arguments
    query: str = ""

    @property
    def of_unknown(self) -> bool:
        """Whether the arguments name a thing that nobody has."""
        return self.arguments.__name__.startswith("unknown")

    @property
    def of_account(self) -> bool:
        return "account" in self.arguments.__name__

    def url(self, world: World) -> str:
        return reverse(self.name, kwargs=self.arguments(world)) + self.query


def nothing(world: World) -> dict[str, Any]:
    return {}


def somebody(world: World) -> dict[str, Any]:
    return {"pk": world.tessa.pk}


def territory(world: World) -> dict[str, Any]:
    return {"pk": world.territories["apac"].pk}


def unknown(world: World) -> dict[str, Any]:
    return {"pk": 999_999}


def link(world: World) -> dict[str, Any]:
    return {"uid": "MQ", "token": "c0ffee-0"}


def rule(world: World) -> dict[str, Any]:
    return {"name": "gemstone"}


def account(world: World) -> dict[str, Any]:
    return {"pk": world.homeworld.pk}


def account_section(world: World) -> dict[str, Any]:
    return {**account(world), "section": "team"}


def account_token(world: World) -> dict[str, Any]:
    return {**account(world), "token": "forged"}


def account_contact(world: World) -> dict[str, Any]:
    return {**account(world), "contact": world.homeworld.contacts.first().pk}


def account_assignment(world: World) -> dict[str, Any]:
    return {**account(world), "assignment": world.homeworld.assignments.first().pk}


def account_rule(world: World) -> dict[str, Any]:
    return {**account(world), "rule": "gemstone"}


def account_override(world: World) -> dict[str, Any]:
    return {**account(world), "override": 999_999}


def day(world: World) -> dict[str, Any]:
    return {"day": "2026-08-22"}


def unknown_token(world: World) -> dict[str, Any]:
    return {"token": "forged"}


def unknown_batch(world: World) -> dict[str, Any]:
    return {"batch": "nobody-uploaded-this"}


def unknown_file(world: World) -> dict[str, Any]:
    return {**unknown_batch(world), "number": 1}


def run(world: World) -> dict[str, Any]:
    made, _ = Run.objects.get_or_create(kind="daily", status="done", defaults={"queued_at": world.at})
    return {"pk": made.pk}


BOTH = "GET POST"
TABLE = [
    Route("account_login", OPEN, BOTH, nothing),
    Route("mfa_authenticate", OPEN, BOTH, nothing),
    Route("login:show", OPEN, BOTH, nothing),
    Route("login:verify", OPEN, BOTH, nothing),
    Route("login:out", OPEN, "POST", nothing),
    Route("login:password", OPEN, BOTH, link),
    Route("login:forgotten", OPEN, BOTH, nothing),
    Route("setup:show", OPEN, BOTH, nothing),
    Route("health:show", OPEN, "GET", nothing),
    Route("home:show", OWN, "GET", nothing),
    Route("profile:show", OWN, "GET", nothing),
    Route("profile:change", OWN, "POST", nothing),
    Route("profile:prefer", OWN, "POST", nothing),
    Route("profile:password", OWN, "POST", nothing),
    Route("profile:two_step_on", OWN, BOTH, nothing),
    Route("profile:two_step_off", OWN, "POST", nothing),
    Route("profile:recovery_codes", OWN, "POST", nothing),
    Route("profile:end_sessions", OWN, "POST", nothing),
    Route("profile:end_session", OWN, "POST", unknown),
    Route("palette:show", OWN, "GET", nothing),
    Route("notices:list", OWN, "GET", nothing),
    Route("notices:read", OWN, "POST", unknown),
    Route("notices:read_all", OWN, "POST", nothing),
    Route("users:list", "user.manage", "GET", nothing),
    Route("users:create", "user.manage", BOTH, nothing),
    Route("users:show", "user.manage", "GET", somebody),
    Route("users:change", "user.manage", "POST", somebody),
    Route("users:link", "user.manage", "POST", somebody),
    Route("users:deactivate", "user.manage", BOTH, somebody),
    Route("users:activate", "user.manage", "POST", somebody),
    Route("users:second_step", "user.manage", "POST", somebody),
    Route("territories:list", "user.manage", BOTH, nothing),
    Route("territories:change", "user.manage", "POST", territory),
    Route("territories:delete", "user.manage", "POST", territory),
    Route("handbook:list", "handbook.view", "GET", nothing),
    Route("handbook:values", "handbook.view", "GET", nothing),
    Route("handbook:findings", "handbook.view", "GET", nothing),
    Route("handbook:rule", "handbook.view", "GET", rule),
    Route("accounts:list", "account.view", "GET", nothing),
    Route("accounts:rows", "account.view", "GET", nothing),
    Route("accounts:filter", "account.view", "GET", nothing, "?column=segment"),
    Route("accounts:tabs", "account.view", "GET", nothing),
    Route("accounts:menu", "account.view", "GET", nothing),
    Route("accounts:adjust", "account.view", "GET", nothing),
    Route("accounts:export", "account.export", "GET", nothing),
    Route("accounts:bulk_assign", "account.assign", BOTH, nothing),
    Route("accounts:bulk_undo", "account.assign", "POST", unknown_token),
    Route("saved_views:create", "account.view", BOTH, nothing),
    Route("saved_views:change", "account.view", BOTH, unknown),
    Route("saved_views:update", "account.view", "POST", unknown),
    Route("saved_views:delete", "account.view", "POST", unknown),
    Route("saved_views:restore", "account.view", "POST", unknown_token),
    Route("reports:portfolio", "report.view", "GET", nothing),
    Route("reports:export", "account.export", "GET", nothing),
    Route("days:show", "account.view", "GET", day),
    Route("days:prepare", "account.view", "POST", day),
    Route("imports:list", "import.run", "GET", nothing),
    Route("imports:create", "import.run", BOTH, nothing),
    Route("imports:files", "import.run", BOTH, unknown_batch),
    Route("imports:table", "import.run", BOTH, unknown_file),
    Route("imports:check", "import.run", BOTH, unknown_batch),
    Route("imports:start", "import.run", "POST", unknown_batch),
    Route("imports:discard", "import.run", "POST", unknown_batch),
    Route("imports:show", "import.run", "GET", unknown),
    Route("imports:refused", "import.run", "GET", unknown),
    Route("imports:waiting", "import.run", "GET", nothing),
    Route("imports:forget", "import.run", "POST", unknown),
    Route("runs:list", "run.view", "GET", nothing),
    Route("runs:show", "run.view", "GET", run),
    Route("runs:failures", "run.view", "GET", run),
    Route("runs:start", "run.start", "POST", nothing),
    Route("account:names", "account.view", "GET", nothing),
    Route("account:show", "account.view", "GET", account),
    Route("account:section", "account.view", "GET", account_section),
    Route("account:change", "account.edit", BOTH, account),
    Route("account:undo", "account.edit", "POST", account_token),
    Route("contacts:create", "contact.edit", BOTH, account),
    Route("contacts:change", "contact.edit", BOTH, account_contact),
    Route("contacts:delete", "contact.edit", "POST", account_contact),
    Route("contacts:restore", "contact.edit", "POST", account_contact),
    Route("assignments:create", "account.assign", BOTH, account),
    Route("assignments:assign", "account.assign", "POST", account),
    Route("assignments:end", "account.assign", BOTH, account_assignment),
    Route("assignments:undo", "account.assign", "POST", account_token),
    Route("overrides:create", "override.set", BOTH, account_rule),
    Route("overrides:end", "override.set", "POST", account_override),
    Route("decisions:why", "decision.view", "GET", account_rule),
]


def every(patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every route of the table of contents with its full name."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            yield from every(entry.url_patterns, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        else:
            yield f"{prefix}{entry.name}", entry
