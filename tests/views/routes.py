"""Every route of Tenure in one table: who may, by which methods, with which arguments.

A new route that is not in the table fails ``test_routes``: add its line here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tenure.models import CallToAction, Run, Task
from tests.views import routes_handovers, routes_journeys, routes_projects
from tests.views.routes_onboarding import ROWS
from tests.views.routes_profiles import PROFILES
from tests.world import World

OPEN = "open"  # without log-in
OWN = "own"  # everybody who is logged in, about themselves
# Mail programs post there (RFC 8058), customers answer there: the address is their right, and no cookie is read.
WITHOUT_TOKEN = {"unsubscribe:one_click", "profiles_answers:show"}
BOTH = "GET POST"
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


def account_cta(world: World) -> dict[str, Any]:
    made, _ = CallToAction.objects.get_or_create(
        account=world.homeworld, title="Onboard", defaults={"type": "lifecycle", "created_at": world.at, "updated_at": world.at}
    )
    return {"pk": made.pk}


def account_cta_link(world: World) -> dict[str, Any]:
    return {**account_cta(world), "link": 999_999}


def account_task(world: World) -> dict[str, Any]:
    made, _ = Task.objects.get_or_create(cta_id=account_cta(world)["pk"], title="Kick-off")
    return {"pk": made.pk}


def layout(world: World) -> dict[str, Any]:
    return {"layout": "board"}


def account_item(world: World) -> dict[str, Any]:
    return {**account_cta(world), "noun": "cta"}


def schedule(world: World) -> dict[str, Any]:
    return {"name": "cadence_call"}


def playbook(world: World) -> dict[str, Any]:
    return {"name": "am_onboarding"}


def unknown_activity(world: World) -> dict[str, Any]:
    return {"activity": 999_999}


def unknown_activity_comment(world: World) -> dict[str, Any]:
    return {**unknown_activity(world), "comment": 999_999}


def day(world: World) -> dict[str, Any]:
    return {"day": "2026-08-22"}


def monday(world: World) -> dict[str, Any]:
    return {"first": "2026-11-16"}


def unknown_cell(world: World) -> dict[str, Any]:
    return {"pk": 999_999, "week": "2026-11-16"}


def unknown_token(world: World) -> dict[str, Any]:
    return {"token": "forged"}


def unknown_batch(world: World) -> dict[str, Any]:
    return {"batch": "nobody-uploaded-this"}


def unknown_file(world: World) -> dict[str, Any]:
    return {**unknown_batch(world), "number": 1}


def run(world: World) -> dict[str, Any]:
    made, _ = Run.objects.get_or_create(kind="daily", status="done", defaults={"queued_at": world.at})
    return {"pk": made.pk}


def of_list(noun: str, need: str, column: str) -> list[Route]:
    """The routes of a list with filters, groups, views and files."""
    queries = {"filter": f"?column={column}"}
    verbs = ("list", "rows", "tabs", "filter", "menu", "adjust")
    return [
        *(Route(f"{noun}:{verb}", need, "GET", nothing, queries.get(verb, "")) for verb in verbs),
        Route(f"{noun}:export", "account.export", "GET", nothing),
    ]


TABLE = [
    *(Route(*line) for line in PROFILES),
    Route("profiles_answers:show", OPEN, BOTH, unknown_token),
    *of_list("accounts", "account.view", "segment"),
    *of_list("feedback", "activity.view", "kind"),
    *of_list("entitlements", "report.view", "state"),
    *of_list("playbooks", "cta.view", "status"),
    *(Route(*row) for row in (*routes_projects.ROWS, *routes_handovers.ROWS, *routes_journeys.ROWS)),
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
    Route("preferences:change", OWN, "POST", nothing),
    Route("unsubscribe:show", OPEN, BOTH, unknown_token),
    Route("unsubscribe:one_click", OPEN, BOTH, unknown_token),
    Route("receipts:show", OPEN, "GET", unknown_token),
    Route("feeds:show", OPEN, "GET", unknown_token),
    Route("feeds:create", OWN, "POST", nothing),
    Route("feeds:revoke", OWN, "POST", unknown),
    Route("outbox:list", "outbox.view", "GET", nothing),
    Route("outbox:show", "outbox.view", "GET", unknown),
    Route("outbox:blocks", "outbox.view", "GET", nothing),
    Route("outbox:again", "outbox.send", "POST", nothing),
    Route("outbox:lift", "outbox.send", "POST", unknown),
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
    Route("handbook:check", "handbook.view", "GET", nothing),
    Route("handbook:values", "handbook.view", "GET", nothing),
    Route("handbook:findings", "handbook.view", "GET", nothing),
    Route("handbook:rule", "handbook.view", "GET", rule),
    Route("handbook:schedules", "handbook.view", "GET", nothing),
    Route("handbook:schedule", "handbook.view", "GET", schedule),
    Route("handbook:journey", "handbook.view", "GET", nothing),
    Route("handbook:playbooks", "handbook.view", "GET", nothing),
    Route("handbook:playbook", "handbook.view", "GET", playbook),
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
    Route("capacity:show", "capacity.view", "GET", nothing),
    Route("capacity:progress", "capacity.view", "GET", monday),
    Route("capacity:prepare", "capacity.view", "POST", monday),
    Route("capacity:cell", "capacity.view", "GET", unknown_cell),
    Route("capacity:export", "account.export", "GET", nothing),
    Route("absences:list", OWN, "GET", somebody),
    Route("absences:change", OWN, BOTH, unknown),
    *(Route(f"{noun}:create", OWN, BOTH, somebody) for noun in ("absences", "working_times")),
    *(Route(f"{noun}:delete", OWN, "POST", unknown) for noun in ("absences", "working_times")),
    *(Route(f"{noun}:undo", OWN, "POST", unknown_token) for noun in ("absences", "working_times")),
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
    Route("timeline:list", "activity.view", "GET", nothing),
    Route("activities:start", "activity.log", "GET", nothing),
    Route("activities:log", "activity.log", BOTH, account),
    Route("activities:plan", "activity.log", BOTH, account),
    Route("activities:draft", "activity.log", "POST", account),
    Route("activities:people", "activity.view", "GET", account),
    Route("activities:show", "activity.view", "GET", unknown_activity),
    Route("activities:change", "activity.log", BOTH, unknown_activity),
    Route("activities:hold", "activity.log", BOTH, unknown_activity),
    Route("activities:delete", "activity.log", "POST", unknown_activity),
    Route("activities:restore", "activity.log", "POST", unknown_activity),
    Route("activities:undo", "activity.log", "POST", unknown_activity),
    Route("activities:discard", "activity.log", "POST", unknown_activity),
    Route("activities:comment", "activity.log", "POST", unknown_activity),
    Route("activities:uncomment", "activity.log", "POST", unknown_activity_comment),
    Route("feedback:mark", "feedback.edit", "POST", nothing),
    Route("feedback:unmark", "feedback.edit", "POST", unknown_token),
    Route("feedback:show", "activity.view", "GET", unknown),
    Route("feedback:change", "feedback.edit", BOTH, unknown),
    Route("feedback:delete", "feedback.edit", "POST", unknown),
    Route("feedback:restore", "feedback.edit", "POST", unknown),
    Route("feedback:create", "feedback.edit", BOTH, account),
    Route("services:list", "report.view", "GET", nothing),
    Route("services:tabs", "report.view", "GET", nothing),
    Route("services:filter", "report.view", "GET", nothing, "?column=segment"),
    Route("services:adjust", "report.view", "GET", nothing),
    Route("services:export", "account.export", "GET", nothing),
    Route("services:deliver", "service.log", BOTH, account),
    Route("services:plan", "service.log", BOTH, account),
    Route("services:change", "service.log", BOTH, unknown),
    Route("services:fulfil", "service.log", BOTH, unknown),
    Route("services:cancel", "service.log", BOTH, unknown),
    Route("services:delete", "service.log", "POST", unknown),
    Route("services:restore", "service.log", "POST", unknown),
    Route("hours:buy", "service.log", BOTH, account),
    Route("hours:change", "service.log", BOTH, unknown),
    Route("hours:delete", "service.log", "POST", unknown),
    Route("hours:restore", "service.log", "POST", unknown),
    Route("playbooks:start", "playbook.apply", "GET", nothing),
    Route("playbooks:apply", "playbook.apply", BOTH, account),
    Route("playbooks:apply_many", "playbook.apply", BOTH, nothing),
    Route("playbooks:unapply", "playbook.apply", "POST", unknown_token),
    Route("playbooks:show", "cta.view", "GET", unknown),
    Route("playbooks:replace", "playbook.apply", BOTH, unknown),
    Route("playbooks:unreplace", "playbook.apply", "POST", unknown),
    Route("playbooks:cancel", "playbook.apply", BOTH, unknown),
    Route("account:names", "account.view", "GET", nothing),
    Route("account:show", "account.view", "GET", account),
    Route("account:section", "account.view", "GET", account_section),
    Route("account:change", "account.edit", BOTH, account),
    Route("account:undo", "account.edit", "POST", account_token),
    Route("contacts:create", "contact.edit", BOTH, account),
    Route("contacts:change", "contact.edit", BOTH, account_contact),
    Route("contacts:delete", "contact.edit", "POST", account_contact),
    Route("contacts:restore", "contact.edit", "POST", account_contact),
    Route("assignments:create", "team.engage", BOTH, account),
    Route("assignments:assign", "account.assign", "POST", account),
    Route("assignments:end", "team.engage", BOTH, account_assignment),
    Route("assignments:undo", "team.engage", "POST", account_token),
    Route("overrides:create", "override.set", BOTH, account_rule),
    Route("overrides:end", "override.set", "POST", account_override),
    Route("decisions:why", "decision.view", "GET", account_rule),
    *(Route(*row) for row in ROWS),
    Route("cockpit:list", "cta.view", "GET", nothing),
    Route("cockpit:board", "cta.view", "GET", nothing),
    Route("cockpit:calendar", "cta.view", "GET", nothing),
    Route("cockpit:keys", "cta.view", "GET", nothing),
    Route("cockpit:export", "account.export", "GET", nothing),
    Route("cockpit:assign", "cta.assign", BOTH, nothing),
    Route("cockpit:shift", "cta.edit", BOTH, nothing),
    Route("cockpit:snooze", "cta.edit", BOTH, nothing),
    Route("cockpit:close", "cta.edit", BOTH, nothing),
    Route("cockpit:move", "cta.edit", "POST", account_cta),
    Route("cockpit:set_day", "cta.edit", "POST", account_item),
    Route("cockpit:rank", "cta.view", "GET", account_cta),
    Route("cockpit:tabs", "cta.view", "GET", layout),
    Route("cockpit:filter", "cta.view", "GET", layout, "?column=type"),
    Route("cockpit:menu", "cta.view", "GET", layout),
    Route("cockpit:adjust", "cta.view", "GET", layout),
    Route("ctas:create", "cta.edit", BOTH, nothing),
    Route("ctas:show", "cta.view", "GET", account_cta),
    Route("ctas:snooze", "cta.edit", BOTH, account_cta),
    *(Route(f"ctas:{verb}", "cta.edit", "POST", account_cta) for verb in ("change", "wake", "close", "reopen", "link")),
    Route("ctas:unlink", "cta.edit", "POST", account_cta_link),
    Route("tasks:create", "cta.edit", "POST", account_cta),
    Route("tasks:change", "cta.edit", BOTH, account_task),
    Route("tasks:done", "cta.edit", BOTH, account_task),
    Route("tasks:skip", "cta.edit", "POST", account_task),
    Route("tasks:reopen", "cta.edit", "POST", account_task),
    Route("tasks:move", "cta.edit", "POST", account_task),
    Route("cascades:due", "cta.edit", BOTH, account_cta),
    Route("cascades:owner", "cta.edit", BOTH, account_cta),
    Route("cascades:task_due", "cta.edit", BOTH, account_task),
    Route("cascades:undo", "cta.edit", "POST", unknown),
    Route("comments:create", "cta.edit", "POST", account_cta),
    Route("comments:people", "cta.view", "GET", account_cta),
    Route("comments:change", "cta.edit", "POST", unknown),
    Route("comments:delete", "cta.edit", "POST", unknown),
    Route("comments:restore", "cta.edit", "POST", unknown),
    Route("attachments:create", "cta.edit", "POST", account_cta),
    Route("attachments:keep", "activity.log", "POST", unknown_activity),
    Route("attachments:show", "cta.view", "GET", unknown),
    Route("attachments:delete", "cta.edit", "POST", unknown),
    Route("attachments:restore", "cta.edit", "POST", unknown),
]


def every(patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every route of the table of contents with its full name."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            yield from every(entry.url_patterns, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        else:
            yield f"{prefix}{entry.name}", entry
