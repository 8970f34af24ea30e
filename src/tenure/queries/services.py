"""The services of one account on a day: what it gets and why, what was delivered when and by whom, what is due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Case, F, Q, When

from tenure.models import Account, Activity, CallToAction, ServiceDelivery, User
from tenure.queries import clock, decisions, handbook, hours, visible
from tenure.queries.hours import Balance
from tenure.rules import services
from tenure.rules.catalogues import Service
from tenure.rules.packs import Pack
from tenure.rules.services import STATES, State

CATEGORIES = {
    "relationship": "Relationship management",
    "training": "Training",
    "support": "Support",
    "onboarding": "Onboarding",
    "paid": "Paid",
}
SHOWN = 20  # deliveries on the account's page


@dataclass(frozen=True)
class Reason:
    """A fact that decides whether a service is included, in words; ``rule``: its Why can be opened."""

    name: str
    title: str
    value: str
    is_rule: bool


@dataclass(frozen=True)
class Line:
    """How the account stands with a service. ``included`` None = not known; ``due`` None = it doesn't recur, or its schedule asks for
    nothing yet: then ``expected`` is the day for which it will."""

    service: Service
    included: bool | None
    reasons: list[Reason]
    state: State
    due: date | None
    last: ServiceDelivery | None
    planned: ServiceDelivery | None
    times: int
    minutes: int
    late: int = 0  # days
    expected: date | None = None

    @property
    def word(self) -> str:
        """The state in words."""
        return STATES[self.state]

    @property
    def over(self) -> bool:
        """Whether more time was given than is included."""
        return self.service.minutes is not None and self.minutes > self.service.minutes


@dataclass(frozen=True)
class Book:
    """All of it. ``groups``: what is included or not known, by category; ``outside``: what is not; ``deliveries`` are the plans and the newest."""

    groups: list[tuple[str, list[Line]]]
    outside: list[Line]
    planned: list[ServiceDelivery]
    deliveries: list[ServiceDelivery]
    count: int
    balance: Balance
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def overdue(self) -> int:
        """How many services are overdue."""
        return sum(line.state == "overdue" for _, lines in self.groups for line in lines)


def of_account(
    account: Account, day: date, pack: Pack, facts: Mapping[str, str | None], since: Mapping[str, date | None], *, is_today: bool,
    expected: Mapping[tuple[int, str], date] | None = None,
) -> Book:  # fmt: skip
    """The services on a day. ``facts`` are the words of the account by fact or rule, ``since`` the days from which outcomes hold,
    ``expected`` what schedules will ask for: see ``services_ahead``. Four queries."""
    rows = ServiceDelivery.objects.filter(account=account, deleted_at=None).exclude(status="cancelled")
    rows = rows if is_today else rows.filter(status="delivered", delivered_on__lte=day)
    found = list(rows.select_related("delivered_by", "activity").order_by("-delivered_on", "-pk"))
    known = [one for one in pack.services.values() if one.on(day)]
    asked = _asked(account, day, schedules(pack, day), is_today=is_today)
    ahead = {schedule: due for (_, schedule), due in (expected or {}).items()}
    lines = [_line(one, found, facts, since, asked, ahead, day, pack) for one in known]
    told = [line for line in lines if line.included is not False or line.planned]
    groups = [(title, [line for line in told if line.service.category == key]) for key, title in CATEGORIES.items()]
    planned = [row for row in found if row.status == "planned"]
    delivered = [row for row in found if row.status == "delivered"]
    return Book(
        [group for group in groups if group[1]], [line for line in lines if line not in told], planned[::-1], delivered[:SHOWN],
        len(delivered), hours.balance(account.pk, day, is_today), titles(pack),
    )  # fmt: skip


Asked = list[tuple[str, date, date]]  # schedule, day on which it was asked for, due date


def _asked(account: Account, day: date, schedules: Sequence[str], *, is_today: bool) -> Asked:
    """What the schedules of services ask for on a day: their CTAs that were open."""
    rows = CallToAction.objects.filter(account=account, rule__in=schedules, due_date__isnull=False)
    end = clock.end_of(day)
    open_then = Q(is_open=True) if is_today else Q(created_at__lt=end) & (Q(closed_at=None) | Q(closed_at__gte=end))
    found = rows.filter(open_then).order_by("due_date", "pk").values_list("rule", "created_at", "due_date")
    return [(rule, clock.day_of(at), due) for rule, at, due in found if due]


def _asked_by(schedule: str, asked: Asked, last: date | None) -> date | None:
    """The due date of what a schedule asks for and no delivery since has met."""
    return next((due for rule, on, due in asked if rule == schedule and (last is None or last < on)), None)


def _line(
    service: Service, rows: Iterable[ServiceDelivery], facts: Mapping[str, str | None], since: Mapping[str, date | None],
    asked: Asked, ahead: Mapping[str, date], day: date, pack: Pack,
) -> Line:  # fmt: skip
    mine = [row for row in rows if row.service == service.key]
    delivered = [row for row in mine if row.status == "delivered"]
    words = services.facts_of(service, facts)
    last, included = delivered[0] if delivered else None, service.included(words)
    day_of = last.delivered_on if last else None
    due = _asked_by(service.schedule, asked, day_of) if service.schedule else services.due(service, began(service, since), day_of)
    state = services.state(service, included, due, day_of, day)
    reasons = [_reason(name, value, pack) for name, value in words.items()]
    planned = min((row for row in mine if row.status == "planned"), key=lambda row: (row.delivered_on, row.pk), default=None)
    late = (day - due).days if state == "overdue" and due else 0
    expected = ahead.get(service.schedule or "") if included and due is None else None
    return Line(
        service, included, reasons, state, due if included else None, last, planned, len(delivered), sum(row.minutes for row in delivered),
        late, expected,
    )  # fmt: skip


def began(service: Service, since: Mapping[str, date | None]) -> date | None:
    """The day from which an account gets a service: when the last of the outcomes that decide it came to hold; None = not recorded."""
    known = [day for name in service.only if (day := since.get(name))]
    return max(known, default=None)


def _reason(name: str, value: str | None, pack: Pack) -> Reason:
    is_rule = name in handbook.ACCOUNT_RULES
    title = pack.rule(name).title if is_rule else decisions.label(name, pack).capitalize()
    return Reason(name, title, value or "not decided", is_rule)


def schedules(pack: Pack, day: date) -> list[str]:
    """The schedules that say when services of the day are due."""
    return [one.schedule for one in pack.services.values() if one.schedule and one.on(day)]


def titles(pack: Pack) -> dict[str, str]:
    """The services' titles by key."""
    return {key: one.title for key, one in pack.services.items()}


def title(key: str) -> str:
    """A service in words; one that the handbook doesn't know is spelled out."""
    found = handbook.pack().services.get(key)
    return found.title if found else key.replace("_", " ").capitalize()


def choices(account: Account, day: date, pack: Pack) -> list[tuple[str, list[Service]]]:
    """The services of a day to choose from: those that the account gets, then the others. No query where its summary is there."""
    facts = words(account)
    groups: dict[str, list[Service]] = {"Included": [], "Not included": []}
    for one in pack.services.values():
        if one.on(day):
            groups["Not included" if one.included(services.facts_of(one, facts)) is False else "Included"].append(one)
    return [group for group in groups.items() if group[1]]


def offered(user: User, account: Account, day: date) -> list[tuple[str, list[Service]]]:
    """``choices`` for who may record services of the account, nothing for others."""
    return choices(account, day, handbook.pack()) if visible.may_on(user, "service.log", account) else []


def of_entry(groups: list[tuple[str, list[Service]]], kind: str, template: str, schedule: str = "") -> str:
    """The service, of those that an account gets (``offered``), that an entry delivers; blank for none."""
    included = [one for title, group in groups if title == "Included" for one in group]
    return services.of_entry(included, kind, template, schedule)


def delivering(groups: list[tuple[str, list[Service]]]) -> dict[str, dict[str, str]]:
    """For the page's script: which of the services that an account gets a text or a kind of entry delivers, by its key."""
    included = [one for title, group in groups if title == "Included" for one in group]
    return {
        "templates": {key: one.key for one in reversed(included) for key in one.templates},
        "kinds": {key: one.key for one in reversed(included) for key in one.kinds},
    }


def words(account: Account) -> dict[str, str | None]:
    """The words of today by which services are included: outcomes of rules and the summary's other words; None = not known."""
    row = account.summary
    names = {one.name for one in row._meta.concrete_fields if one.get_internal_type() == "CharField"}
    found: dict[str, Any] = {name: getattr(row, name) or None for name in names}
    return found | {rule: found.get(name) for rule, name in handbook.ACCOUNT_RULES.items()}


def one(user: User, pk: int, *, deleted: bool = False) -> ServiceDelivery | None:
    """A delivery on an account that the user sees; ``deleted``: also one that was deleted."""
    rows = ServiceDelivery.objects.filter(account__in=visible.accounts(user), pk=pk).select_related(
        "account", "delivered_by", "activity"
    )
    return (rows if deleted else rows.filter(deleted_at=None)).first()


def of_activity(activity_id: int) -> list[ServiceDelivery]:
    """What was delivered with a call."""
    rows = ServiceDelivery.objects.filter(Q(deleted_at=None), activity=activity_id).exclude(status="cancelled")
    return list(rows.annotate(by=F("delivered_by__name")).order_by("pk"))


def plan_of(entry: Activity, service: str, until: date) -> ServiceDelivery | None:
    """The plan of a service that an entry fulfils: the one made for it, else the earliest for a day up to ``until``."""
    rows = ServiceDelivery.objects.filter(account=entry.account_id, service=service, status="planned", deleted_at=None)
    mine = Q(activity=entry)
    return (
        rows.filter(mine | Q(delivered_on__lte=until)).order_by(Case(When(mine, then=0), default=1), "delivered_on", "pk").first()
    )
