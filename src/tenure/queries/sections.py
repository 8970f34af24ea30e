"""The page of one account put together: the header, the counts of its sections, and what the open section shows."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from tenure.models import Account, PlaybookUse, ProfileValue, User
from tenure.queries import account as accounts
from tenure.queries import (
    account_then,
    activities,
    assignments,
    contacts,
    ctas,
    decisions,
    engagements,
    feedback,
    gemstones,
    handovers,
    history,
    onboardings_one,
    opportunities,
    playbooks,
    profiles,
    profiles_facts,
    profiles_page,
    projects,
    projects_tally,
    services,
    services_ahead,
    subscriptions,
    visible,
)
from tenure.queries.account import Rights, Team
from tenure.queries.account_then import Then
from tenure.queries.decisions import Outcome
from tenure.rules.packs import Pack
from tenure.rules.profilesmeasures import Known, stale

TITLES = {
    "summary": "Summary",
    "work": "Work",
    "onboarding": "Onboarding",
    "timeline": "Timeline",
    "journey": "Journey",
    "project": "Project",
    "services": "Services",
    "subscriptions": "Subscriptions",
    "contacts": "Contacts",
    "business": "Business profile",
    "technical": "Technical profile",
    "team": "Team",
    "decisions": "Decisions",
    "family": "Hierarchy",
    "history": "History",
}
READS = {
    "timeline": "activity.view",
    "work": "cta.view",
    "journey": "journey.view",
    "project": "project.view",
    "onboarding": "onboarding.view",
    "business": "profile.view",
    "technical": "profile.view",
}  # sections that need more than seeing the account
PROFILES = ("business", "technical")
LEARNT = ("summary", "decisions", *PROFILES)  # sections that show what profiles say, or what rests on it
HEAD_RULES = ("gemstone", "service_tier", "segment")
RECENT = 6
LATELY, NEXT = 4, 4  # entries of the timeline and CTAs in the summary


@dataclass(frozen=True)
class Day:
    """The day that a page is about: ``until`` is its last moment that is known."""

    as_of: date
    today: date
    until: datetime

    @property
    def is_today(self) -> bool:
        """Whether the page shows the present."""
        return self.as_of == self.today


@dataclass(frozen=True)
class Page:
    """What every section of the page needs: ``account`` is shown as it was on the day. Money in minor units of ``currency``."""

    account: Account
    user: User
    day: Day
    pack: Pack
    rights: Rights
    then: Then | None  # another day than today; None there = the account was not there
    book: subscriptions.Book
    contacts: contacts.Book
    team: Team
    decisions: Mapping[str, Outcome]
    arr_minor: int | None
    product: str
    relatives: int
    ctas_open: int = 0
    ctas_late: int = 0
    section: str = "summary"
    known: Mapping[str, ProfileValue] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Whether the account was there on the day."""
        return self.day.is_today or self.then is not None

    @cached_property
    def standing(self) -> tuple[str, str]:
        """What the account is to us where it isn't simply a customer, and why it says something else than the fact ``kind``. One query of a prospect."""
        said = str(self.account.kind)
        if said == "prospect" and (self.book.active or opportunities.any_won(self.account.pk, self.day.as_of)):
            return "Customer", "Recorded as a prospect still, but business was won. Edit the facts to record it."
        return ("" if said == "customer" else said.capitalize()), ""

    @property
    def currency(self) -> str:
        """The handbook's currency."""
        return self.pack.handbook.currency

    @property
    def head(self) -> list[Outcome]:
        """The decided chips of the header."""
        return [self.decisions[rule] for rule in HEAD_RULES if rule in self.decisions]

    @property
    def hosting(self) -> str:
        """How the current subscriptions are run: hosted, self-managed, both, or unknown (blank)."""
        said = {line.row.hosted for line in self.book.active if line.row.hosted is not None}
        words = {
            frozenset([True]): "hosted",
            frozenset([False]): "self-managed",
            frozenset([True, False]): "hosted and self-managed",
        }
        return words.get(frozenset(said), "")

    @property
    def chart(self) -> dict[str, Any]:
        """The step chart of ARR: points of (ISO day, major units)."""
        scale = 10**self.pack.digits
        return {"currency": self.currency, "points": [[day, minor / scale] for day, minor in self.book.points()]}

    @property
    def needs_tam(self) -> bool:
        """Whether the handbook gives the account a TAM, it has none, and the reader may assign one."""
        eligible = self.decisions.get("tam_eligible")
        return self.rights.assign and not self.team.tam and eligible is not None and eligible.outcome == "Yes"

    @property
    def names(self) -> Collection[str]:
        """The roles in which the reader may name people here, and end what they do."""
        if self.rights.assign or not self.rights.engage:
            return list(visible.roles()) if self.rights.assign else []
        own = {one.row.role for one in self.team.current if one.row.user_id == self.user.pk}
        return [role for role, by in assignments.named_by(self.user).items() if by & own]

    @property
    def undecided(self) -> list[Outcome]:
        """Decisions that wait for facts."""
        return [one for one in self.decisions.values() if not one.outcome and one.missing]

    @property
    def nav(self) -> list[tuple[str, str, int | None]]:
        """(key, title, count) of every section."""
        counts = {
            "subscriptions": len(self.book.active), "contacts": len(self.contacts.lines), "team": len(self.team.current),
            "family": self.relatives, "work": self.ctas_open,
        }  # fmt: skip
        read = self.rights.profiles
        may = {"timeline": self.rights.timeline, "work": self.rights.ctas} | dict.fromkeys(PROFILES, read)
        may |= {"journey": self.rights.journeys, "project": self.rights.projects, "onboarding": self.rights.onboarding}
        shut = {key for key, may in may.items() if not may}
        return [(key, title, counts.get(key) or None) for key, title in TITLES.items() if key not in shut]


def may_read(user: User, section: str) -> bool:
    """Whether somebody who sees an account may read a section of its page."""
    return section not in READS or visible.may(user, READS[section])


def page(user: User, account: Account, section: str, day: Day, pack: Pack, **asked: Any) -> Page:
    """The account's page with one section open. ``asked`` are the section's own parameters."""
    found = frame(user, account, section, day, pack)
    return Page(**{**found.__dict__, "data": _DATA[section](found, **asked)})


def frame(user: User, account: Account, section: str, day: Day, pack: Pack) -> Page:
    """The page without what the open section shows."""
    return _today(user, account, section, day, pack) if day.is_today else _other_day(user, account, section, day, pack)


def _today(user: User, account: Account, section: str, day: Day, pack: Pack) -> Page:
    row, values = account.summary, profiles.current(account) if section in LEARNT else {}
    now = accounts.known(account, profiles_facts.fed(values, pack))
    return Page(
        account, user, day, pack, accounts.rights(user, account, False), None, subscriptions.book(account.pk, day.as_of, pack),
        contacts.book(account, row.region or account.region, day.until), accounts.team(account.pk, day.as_of, pack),
        decisions.recorded(account.pk, day.as_of, pack, now), row.arr_minor, row.product,
        accounts.relatives(account), getattr(account, "ctas_open", 0), getattr(account, "ctas_late", 0), section, values,
    )  # fmt: skip


def _other_day(user: User, account: Account, section: str, day: Day, pack: Pack) -> Page:
    then = account_then.of(account, day.as_of, day.today, pack)
    outcomes = decisions.recorded(account.pk, day.as_of, pack)
    book = subscriptions.book(account.pk, day.as_of, pack, day.today)
    return Page(
        then.account if then else account, user, day, pack, accounts.rights(user, account, True), then, book,
        contacts.book(account, then.region if then else "", day.until, past=day.as_of < day.today),
        accounts.team(account.pk, day.as_of, pack),
        decisions.explained(then.facts.frame, outcomes, day.as_of, pack) if then else {}, book.arr_minor, book.products,
        then.relatives if then else 0, section=section, known=profiles.current(account, day.as_of) if section in LEARNT else {},
    )  # fmt: skip


def _summary(page: Page) -> dict[str, Any]:
    gem = page.decisions.get("gemstone")
    return {
        "next": ctas.upcoming(page.user, page.account, page.day.today, NEXT) if page.rights.ctas and page.day.is_today else [],
        "lately": activities.lately(page.user, page.account, page.day.until, LATELY) if page.rights.timeline else [],
        "handovers": handovers.of_account(page.user, page.account, page.day.until),
        "recent": history.page(page.account.pk, page.day.until, page.pack, size=RECENT).lines,
        "service": gemstones.service_of(gem.outcome, page.pack, page.day.as_of) if gem and gem.outcome else [],
        "service_since": gemstones.service_since(page.pack, page.day.as_of),
        "facts": accounts.facts_of(page.account, page.decisions, page.then.untold if page.then else (), _learnt(page)),
        "profiles": profiles_of(page) if page.rights.profiles and page.is_known else None,
        "onboarding": onboardings_one.running(page.account) if page.rights.onboarding and page.day.is_today else None,
    }


def _learnt(page: Page) -> dict[str, str]:
    """What the profiles tell of the account's own facts, in words, where that is what counts and something else."""
    found = {}
    for one in profiles_facts.feeding(page.pack, page.day.as_of):
        row, own = page.known.get(one.key), getattr(page.account, one.feeds or "", None)
        terms = page.pack.profiles.terms
        if row is None or terms is None or own == row.value:
            continue
        if own is None or not stale(one, Known(row.learnt_on, row.confidence), page.day.as_of, terms):
            found[one.feeds or ""] = profiles_page.words(one, row.value)
    return found


def profiles_of(page: Page) -> profiles_page.Frame:
    """What is known of the account's profiles on the day."""
    people: dict[str, dict[int, str]] = {}
    for one in page.team.current:
        if one.row.user.is_active:
            people.setdefault(one.row.role, {})[one.row.user_id] = one.row.user.name
    hosted = [line.row.hosted for line in page.book.active]
    return profiles_page.frame(
        page.user, page.account, page.day.as_of, page.pack, values=page.known, people=people, hosted=hosted
    )


def _profile(page: Page, now: datetime) -> dict[str, Any]:
    return {
        "book": profiles_page.book(profiles_of(page), page.section, now if page.day.is_today else None) if page.is_known else None
    }


def _work(page: Page) -> dict[str, Any]:
    # Which playbooks were at work on another day is nowhere kept.
    uses = playbooks.of_account(page.user, page.account) if page.day.is_today else []
    book = ctas.of_account(page.user, page.account, page.day.as_of, page.day.until)
    return {"book": book, "uses": [(use, *_share(use)) for use in uses]}


def _share(use: PlaybookUse) -> tuple[int, int, int]:
    """How many tasks of a playbook are done, how many there are, and how many were skipped."""
    rows: list[Any] = list(use.ctas.all())  # with ``skipped``, see ``playbooks.of_account``
    done, skipped = sum(row.tasks_done for row in rows), sum(row.skipped for row in rows)
    return done, done + skipped + sum(row.tasks_open for row in rows), skipped


def _onboarding(page: Page) -> dict[str, Any]:
    """The open onboarding with what its card shows, and all of the account; how they stood on another day is nowhere kept."""
    rows = onboardings_one.of_account(page.user, page.account) if page.day.is_today else []
    gem = page.decisions.get("gemstone")
    now = onboardings_one.shown(page.user, rows[0], page.day.today, lines=0) if rows and rows[0].is_open else None
    usual = page.pack.onboarding.play(gem.outcome, page.day.as_of) if gem and gem.outcome else None
    return {"rows": rows, "open": now, "play": now.play if now and now.play else usual}


def _timeline(page: Page, asked: activities.Asked, now: datetime) -> dict[str, Any]:
    found = activities.section(page.user, asked, now, page.account, page.day.until, is_today=page.day.is_today)
    said, count = feedback.of_account(page.user, page.account, page.day.as_of)
    people = {one.row.user_id: one.row.user.name for one in (*page.team.current, *page.team.past)}
    authors = [("me", "Me"), *((str(pk), name) for pk, name in people.items() if pk != page.user.pk)]
    return {**found.__dict__, "authors": authors, "feedback": said, "feedback_count": count}


def _services(page: Page) -> dict[str, Any]:
    decided = {rule: one.outcome or None for rule, one in page.decisions.items()}
    since = {rule: one.since for rule, one in page.decisions.items()}
    facts = (services.words(page.account) if page.day.is_today else {}) | decided
    day, pack, found = page.day, page.pack, page.then.facts if page.then else None
    names = services.schedules(pack, day.as_of) if page.is_known else []
    expected = services_ahead.of([page.account.pk], names, day.as_of, pack, today=day.today, found=found)
    return {"book": services.of_account(page.account, day.as_of, pack, facts, since, is_today=day.is_today, expected=expected)}


def _journey(page: Page, chosen: int | None = None) -> dict[str, Any]:
    return {"board": engagements.board(page.account, page.team.current, page.day.as_of, page.pack, chosen)}


def _project(page: Page) -> dict[str, Any]:
    rows = projects.of_account(page.user, page.account)
    edits = page.rights.project if page.day.is_today else visible.may_on(page.user, projects.EDIT, page.account)
    hidden = projects.unhidden(page.user, rows, edits=edits)
    lines = [(row, projects_tally.progress(row, row.pk in hidden)) for row in rows]
    return {"rows": lines, "may_make": page.rights.project}


def _subscriptions(page: Page) -> dict[str, Any]:
    return {"deals": opportunities.of_account(page.account.pk, page.day.as_of, page.day.until, page.pack)}


def _nothing_more(page: Page) -> dict[str, Any]:
    return {}


def _decisions(page: Page) -> dict[str, Any]:
    past = decisions.history(page.account.pk, page.pack, page.day.as_of)
    return {
        "cards": [
            (one, page.pack.edition(name, page.day.as_of).edition.start, past.get(name, []))
            for name, one in page.decisions.items()
        ]
    }


def _family(page: Page) -> dict[str, Any]:
    if page.then:
        return {"family": account_then.family(page.user, page.then, page.day.today, page.pack)}
    return {"family": accounts.family(page.user, page.account) if page.day.is_today else accounts.Family([], 0)}


def _history(page: Page, before: int | None = None, part: str = "") -> dict[str, Any]:
    found = history.page(page.account.pk, page.day.until, page.pack, before=before, part=part)
    return {"history": found, "part": part, "filters": list(history.FILTERS.items()), "before": before}


_DATA: dict[str, Callable[..., dict[str, Any]]] = {
    "summary": _summary,
    "work": _work,
    "onboarding": _onboarding,
    "timeline": _timeline,
    "journey": _journey,
    "project": _project,
    "services": _services,
    "subscriptions": _subscriptions,
    "contacts": _nothing_more,
    "business": _profile,
    "technical": _profile,
    "team": _nothing_more,
    "decisions": _decisions,
    "family": _family,
    "history": _history,
}
