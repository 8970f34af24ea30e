"""The deals of a demo account: one for each term, one for the renewal ahead or lost, one for a prospect; with their stages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tenure.runs.demo_lives import Life, Term

NEW = ("pending_acceptance", "discovery", "scoping", "technical_evaluation", "proposal", "negotiating", "awaiting_signature")
MORE = ("discovery", "proposal", "negotiating", "awaiting_signature")
TITLES = {"new_account": "First purchase", "renewal": "Renewal", "add_on": "Add-on", "new_subscription": "Second product"}
LENGTH = {"new_account": 110, "renewal": 120, "add_on": 45, "new_subscription": 80}  # days from opening to closing


@dataclass(frozen=True)
class Deal:
    """An opportunity with the days on which it entered its stages, first to last."""

    ref: str
    title: str
    kind: str
    amount_minor: int
    iacv_minor: int
    close_date: date
    stages: tuple[tuple[str, date], ...]

    def stage(self, day: date) -> str:
        """The stage on a day, "" before it was opened."""
        return next((stage for stage, since in reversed(self.stages) if since <= day), "")


def deals(life: Life, today: date, chance: Random) -> Iterator[Deal]:
    """All deals that were opened by ``today``, oldest first within their kind."""
    before = 0
    for term in life.terms:
        worth = term.arr_minor if term.kind != "renewal" else term.arr_minor - (before or term.arr_minor)
        yield _deal(life, term.number, term.kind, term.arr_minor, worth, term.start, "closed_won")
        if term.kind in ("new_account", "renewal"):
            before = term.arr_minor
    yield from _ahead(life, today, chance)


def _ahead(life: Life, today: date, chance: Random) -> Iterator[Deal]:
    """What is still open, or was lost last."""
    main = [term for term in life.terms if term.kind in ("new_account", "renewal")]
    if not main:
        if not life.terms:
            close, worth = today + timedelta(days=chance.randrange(10, 100)), chance.randrange(8, 90) * 100_000
            yield _deal(life, f"P-{life.number:06}", "new_account", worth, worth, close, "", today)
        return
    last = main[-1]
    if life.lost:
        end = last.cancelled_on or last.end
        yield _deal(life, f"{last.number}R", "renewal", last.arr_minor, -last.arr_minor, end, "closed_lost")
    elif last.end - timedelta(days=LENGTH["renewal"]) <= today:
        yield _deal(life, f"{last.number}R", "renewal", last.arr_minor, 0, last.end, "", today)
    elif chance.random() < 0.08:
        yield _growth(life, last, today, chance)


def _growth(life: Life, last: Term, today: date, chance: Random) -> Deal:
    """An open deal for more seats."""
    worth = max(50_000, last.arr_minor * chance.randrange(10, 50) // 100)
    return _deal(life, f"{last.number}G", "add_on", worth, worth, today + timedelta(days=chance.randrange(5, 40)), "", today)


def _deal(
    life: Life, number: str, kind: str, amount: int, worth: int, close: date, outcome: str, today: date | None = None
) -> Deal:
    """A deal whose stages are spread evenly until it closes; an open one (``outcome`` "") got as far as ``today``."""
    names = NEW if kind == "new_account" else MORE
    opened = close - timedelta(days=LENGTH[kind])
    step = LENGTH[kind] / len(names)
    stages = [(stage, opened + timedelta(days=int(step * i))) for i, stage in enumerate(names)]
    if today is not None:
        stages = [(stage, day) for stage, day in stages if day <= today] or [(names[0], today)]
    if outcome == "closed_lost":
        stages = stages[:-1]
    if outcome:
        stages.append((outcome, close))
    return Deal(f"O-{number}", f"{life.name}: {TITLES[kind].lower()}", kind, amount, worth, close, tuple(stages))
