"""Onboardings by the handbook: the words of each edition, the days that an onboarding took, its track, and what it still asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

import polars as pl
from pydantic import AfterValidator, Field, field_validator, model_validator

from tenure.rules.schema import Dated, Name, Strict, Text, Word

Track = Literal["on_track", "behind", "stuck", ""]
CAUSES = ("closed_won", "gem_change", "upgrade", "tam_filled", "person", "import")
FIELDS: dict[str, str] = {  # what can be asked for -> how a sentence names it
    "name": "a name", "account": "the account", "owner": "the owner", "purchase_date": "the purchase date",
    "contract_date": "the original contract date", "start_date": "the start", "finish_date": "the finish",
    "first_reach_out": "the first reach-out", "infrastructure_ready": "the day on which the infrastructure was ready",
    "first_value": "the first value date", "outcome_achieved": "the day on which the outcome was achieved",
    "greenfield": "whether it is greenfield", "challenges": "challenges and highlights", "notes": "notes", "takeaways": "takeaways",
    "success_plan_url": "the link of the success plan", "survey_sent": "whether the survey was sent",
    "survey_received": "whether the survey's results were received", "survey_score": "the survey's score",
}  # fmt: skip
BEGINS = ("purchase_date", "contract_date", "start_date", "tam_assigned_on")
ENDS = ("first_reach_out", "infrastructure_ready", "first_value", "outcome_achieved", "finish_date", "tam_assigned_on")
Begins = Literal["purchase_date", "contract_date", "start_date", "tam_assigned_on"]
Ends = Literal["first_reach_out", "infrastructure_ready", "first_value", "outcome_achieved", "finish_date", "tam_assigned_on"]
Cause = Literal["closed_won", "gem_change", "upgrade", "tam_filled", "person", "import"]


def _fields(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in FIELDS:
            raise ValueError(f"'{name}' is not a field of an onboarding: {', '.join(FIELDS)}")
    return names


Asked = Annotated[tuple[Text, ...], AfterValidator(_fields)]


class StatusShape(Strict):
    """A status; `asks`: the fields that must be filled in to have it."""

    key: Name
    title: Text
    open: bool = True
    asks: Asked = ()


class CauseShape(Strict):
    """Why an onboarding begins. `within`: what happened longer ago, in days, begins none any more; without it a run begins none. `kinds`: of the
    opportunity that was won. `gems`: those that an account must have, or rise to. `new_within`: a customer whose purchase is no older, in days, is new."""

    key: Cause
    title: Text
    note: str = ""
    within: Annotated[int, Field(ge=1)] | None = None
    kinds: tuple[Text, ...] = ()
    gems: tuple[Word, ...] = ()
    new_within: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> CauseShape:
        needed = {"closed_won": ("kinds",), "gem_change": ("gems", "new_within"), "tam_filled": ("new_within",)}.get(self.key, ())
        if self.within is not None and self.key in ("person", "import"):
            raise ValueError("only what a run can see has 'within'")
        if self.within is not None and (lacking := [name for name in needed if getattr(self, name) in ((), None)]):
            raise ValueError(f"a run needs '{lacking[0]}' to begin one")
        return self


class OnboardingShape(Dated):
    """What an onboarding is from a day on: its statuses (the first is the one it begins with), why one is made, and what a person who makes
    one has to give."""

    statuses: Annotated[tuple[StatusShape, ...], Field(min_length=2)]
    created: Annotated[tuple[CauseShape, ...], Field(min_length=1)]
    by_hand: Asked = ()

    @model_validator(mode="after")
    def _statuses(self) -> OnboardingShape:
        if not self.statuses[0].open or all(status.open for status in self.statuses):
            raise ValueError("the first status is open, and at least one ends the onboarding")
        if len({status.key for status in self.statuses}) < len(self.statuses):
            raise ValueError("a status stands twice")
        return self

    def status(self, key: str) -> StatusShape | None:
        """The status of that key."""
        return next((one for one in self.statuses if one.key == key), None)

    def causes(self) -> dict[str, CauseShape]:
        """Those for which a run begins one, in the order in which they count."""
        return {one.key: one for one in self.created if one.within is not None}


class InsteadShape(Strict):
    """Other days that count for onboardings of some causes; with `older_than` not for new customers: those who got
    their TAM within so many days of the contract."""

    causes: Annotated[tuple[Cause, ...], Field(min_length=1)]
    begins: Begins | None = None
    ends: Ends | None = None
    older_than: Annotated[int, Field(ge=0)] | None = None
    note: str = ""

    def fits(self, values: Mapping[str, Any]) -> bool:
        """Whether they count for an onboarding (`values` as for `days`)."""
        if values.get("cause") not in self.causes or self.older_than is None:
            return values.get("cause") in self.causes
        first, assigned = values.get("contract_date"), values.get("tam_assigned_on")
        return first is None or assigned is None or (assigned - first).days > self.older_than

    def fits_expr(self) -> pl.Expr:
        """The same for a frame (columns as for `days_expr`)."""
        found = pl.col("cause").is_in(list(self.causes))
        if self.older_than is None:
            return found
        age = (pl.col("tam_assigned_on") - pl.col("contract_date")).dt.total_days()
        return found & (age > self.older_than).fill_null(True)


class MetricShape(Dated):
    """A time from a day on: calendar days from `begins` until `ends`. `least`: fewer days count as so many (0: earlier is the same as at
    once). `goal`: days within which it is to be reached. `milestone`: the milestone of use that sets its end."""

    key: Literal["engage", "value", "onboard"]
    title: Text
    begins: Begins
    ends: Ends
    least: int | None = None
    goal: Annotated[int, Field(ge=0)] | None = None
    instead: tuple[InsteadShape, ...] = ()
    milestone: Name | None = None

    def span(self, values: Mapping[str, Any]) -> tuple[str, str]:
        """The fields from which and until which it counts for an onboarding (`values` as for `days`)."""
        other = next((one for one in self.instead if one.fits(values)), None)
        return (other and other.begins) or self.begins, (other and other.ends) or self.ends


class MilestoneShape(Dated):
    """A milestone of use: the day on which so many per cent are reached first. Its days may be negative."""

    key: Name
    title: Text
    percent: Annotated[int, Field(ge=0, le=100)]
    of: Text
    begins: Begins = "contract_date"


class TrackShape(Dated):
    """How an onboarding stands while it is open. Stuck: open for more than `stuck_after` days; behind: past a goal that it has not reached, or,
    with `by_gem`, open for longer than its gem's play takes. `playbook`: what is done about one that is stuck."""

    key: Literal["track"] = "track"
    begins: Begins = "start_date"
    stuck_after: Annotated[int, Field(ge=1)] | None = None
    by_gem: bool = False
    playbook: Name | None = None


class TrainingShape(Strict):
    """Days of training."""

    title: Text
    days: Annotated[int, Field(ge=1)]


class PlayShape(Dated):
    """The play for new customers of a gem. `on_site`: least and most days on site; `remote`: days of remote support (None = throughout, where
    `remote_throughout`); `days`: how long it takes."""

    key: Name
    gem: Word
    calls: Text
    joins: str = ""
    project: bool = True
    outreach: tuple[Text, ...] = ()
    on_site: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]] = (0, 0)
    on_site_for: str = ""
    remote: Annotated[int, Field(ge=0)] = 0
    remote_throughout: bool = False
    training: tuple[TrainingShape, ...] = ()
    days: Annotated[int, Field(ge=1)]

    @field_validator("on_site")
    @classmethod
    def _in_order(cls, days: tuple[int, int]) -> tuple[int, int]:
        if days[0] > days[1]:
            raise ValueError("the least days stand before the most")
        return days


class CustomersShape(Dated):
    """Whose times are measured against the goals: of new customers. Those of some `causes` are of an existing one, and those that began more than
    `older_than` days after the contract."""

    key: Literal["customers"] = "customers"
    causes: tuple[Cause, ...] = ()
    older_than: Annotated[int, Field(ge=0)]

    def existing(self, values: Mapping[str, Any]) -> bool:
        """Whether the customer was one before (`values` as for `days`). Without a contract, or a day on which it began, they are new."""
        if values.get("cause") in self.causes:
            return True
        first, began = values.get("contract_date"), values.get("start_date") or values.get("purchase_date")
        return first is not None and began is not None and (began - first).days > self.older_than


class ReviewShape(Dated):
    """How often managers go through the open onboardings of their team: once in so many `months`, counted from January."""

    key: Literal["review"] = "review"
    months: Literal[1, 2, 3, 4, 6, 12]

    def period(self, day: date) -> date:
        """The first day of the period in which a day lies."""
        return date(day.year, (day.month - 1) // self.months * self.months + 1, 1)


D = TypeVar("D", bound=Dated)


def latest(items: Iterable[D], day: date) -> D | None:
    """The one that holds on a day: the latest begun, unless it has ended."""
    begun = max((item for item in items if item.start <= day), key=lambda item: item.start, default=None)
    return None if begun is None or (begun.ended and begun.ended < day) else begun


@dataclass(frozen=True)
class Book:
    """onboarding.yaml."""

    editions: tuple[OnboardingShape, ...] = ()
    metrics: tuple[MetricShape, ...] = ()
    milestones: tuple[MilestoneShape, ...] = ()
    tracks: tuple[TrackShape, ...] = ()
    plays: tuple[PlayShape, ...] = ()
    customers: tuple[CustomersShape, ...] = ()
    reviews: tuple[ReviewShape, ...] = ()

    def edition(self, day: date) -> OnboardingShape | None:
        """What an onboarding is on a day; None before there were any."""
        return latest(self.editions, day)

    def since(self, day: date) -> date | None:
        """The day from which exactly the handbook of `day` has held: the edition of an onboarding that is made on it."""
        items: list[Dated] = [*self.editions, *self.metrics, *self.milestones, *self.tracks, *self.plays]
        return max((item.start for item in items if item.start <= day), default=None)

    def times(self, day: date) -> dict[str, MetricShape]:
        """The times in force on a day, by key, in the order of the file."""
        found = {
            key: latest([m for m in self.metrics if m.key == key], day) for key in dict.fromkeys(m.key for m in self.metrics)
        }
        return {key: metric for key, metric in found.items() if metric}

    def milestones_on(self, day: date) -> dict[str, MilestoneShape]:
        """The milestones in force on a day, by key."""
        keys = dict.fromkeys(m.key for m in self.milestones)
        found = {key: latest([m for m in self.milestones if m.key == key], day) for key in keys}
        return {key: item for key, item in found.items() if item}

    def play(self, gem: str, day: date) -> PlayShape | None:
        """The play of a gem on a day."""
        return latest([play for play in self.plays if play.gem == gem], day)


LISTS: dict[str, type[Strict]] = {
    "onboarding_editions": OnboardingShape, "onboarding_metrics": MetricShape, "onboarding_milestones": MilestoneShape,
    "onboarding_tracks": TrackShape, "onboarding_plays": PlayShape, "onboarding_customers": CustomersShape,
    "onboarding_reviews": ReviewShape,
}  # fmt: skip


def made(lists: Mapping[str, list[Any]]) -> Book:
    """The book of what was read."""
    return Book(*(tuple(lists.get(name, ())) for name in LISTS))


# --- one onboarding


def days(metric: MetricShape, values: Mapping[str, Any], until: date | None = None) -> int | None:
    """The calendar days that one onboarding took (`values`: its days and its `cause`); None while they are not known. `until` stands for an end
    that has not come yet: the days so far."""
    begins, ends = metric.span(values)
    first, last = values.get(begins), values.get(ends) or until
    if first is None or last is None:
        return None
    found: int = (last - first).days
    return found if metric.least is None else max(found, metric.least)


def milestone_days(milestone: MilestoneShape, values: Mapping[str, Any], reached: date) -> int | None:
    """Days from the contract to a milestone of use; below 0 where the customer reached it in a trial."""
    first = values.get(milestone.begins)
    return None if first is None else (reached - first).days


def track(book: Book, edition: date, values: Mapping[str, Any], day: date) -> Track:
    """How an open onboarding stands on a day, by the handbook of its edition; blank where that says nothing. A goal counts from the next day
    on: on the day itself there is still time."""
    rule = latest(book.tracks, edition)
    if rule is None:
        return ""
    first = values.get(rule.begins)
    age = (day - first).days if first else 0
    if rule.stuck_after is not None and age > rule.stuck_after:
        return "stuck"
    late = any(_late(metric, values, day) for metric in book.times(edition).values())
    play = book.play(values.get("gemstone") or "", edition) if rule.by_gem else None
    return "behind" if late or (play is not None and age > play.days) else "on_track"


def _late(metric: MetricShape, values: Mapping[str, Any], day: date) -> bool:
    """Whether a goal has passed without being reached."""
    ends = metric.span(values)[1]
    so_far = days(metric, values, day)
    return metric.goal is not None and values.get(ends) is None and so_far is not None and so_far > metric.goal


def missing(asked: Iterable[str], values: Mapping[str, Any]) -> list[str]:
    """Which of the asked fields are empty. "No" is an answer."""
    return [name for name in asked if values.get(name) is None or values.get(name) == ""]


# --- many onboardings


def days_expr(book: Book, key: str) -> pl.Expr:
    """The same as `days` for a frame: columns of the names of `BEGINS` and `ENDS` (dates), `cause` (text) and `edition` (date). Int64."""
    found: pl.Expr = pl.lit(None, pl.Int64)
    for metric in sorted((m for m in book.metrics if m.key == key), key=lambda m: m.start):
        applies = pl.col("edition") >= metric.start
        took = _took(metric)
        if metric.ended:
            took = pl.when(pl.col("edition") <= metric.ended).then(took).otherwise(pl.lit(None, pl.Int64))
        found = pl.when(applies).then(took).otherwise(found)
    return found.alias(f"days_to_{key}")


def _took(metric: MetricShape) -> pl.Expr:
    begins, ends = pl.col(metric.begins), pl.col(metric.ends)
    for other in reversed(metric.instead):
        fits = other.fits_expr()
        begins = pl.when(fits).then(pl.col(other.begins or metric.begins)).otherwise(begins)
        ends = pl.when(fits).then(pl.col(other.ends or metric.ends)).otherwise(ends)
    took = (ends - begins).dt.total_days()
    return took if metric.least is None else pl.when(took.is_not_null()).then(pl.max_horizontal(took, pl.lit(metric.least)))
