"""The lists of a pack that people work by: what stands on the timeline, services, notices, how long things take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from tenure.rules import journey, onboarding, profiles, projects
from tenure.rules.calendars import Offset
from tenure.rules.ranking import ExampleShape, TermShape
from tenure.rules.schema import Dated, Name, Strict, Text, Word
from tenure.rules.workschema import Off, Words


class ActivityKind(Strict):
    """A kind of timeline entry. `engages`: it moves "last engaged"; `contacts`: it moves "last contact"; `invites`: it can be planned and
    sent as an invitation."""

    key: Name
    title: Text
    icon: Text = "circle"
    engages: bool = False
    contacts: bool = False
    invites: bool = False
    note: str = ""
    source: str = ""


class ActivityTemplate(Strict):
    """A text to begin an entry or a mail with: Markdown with `{fields}`. `kind` is that of the entry; `topics` are its minimum topics."""

    key: Name
    title: Text
    kind: Name
    subject: str = ""
    text: Text
    topics: tuple[Text, ...] = ()
    note: str = ""
    source: str = ""


class Choice(Strict):
    """One word of a list."""

    key: Word
    title: Text
    note: str = ""
    source: str = ""


class Service(Strict):
    """A service of technical account management. `only`: facts and the words of them for which it is included (all of them must fit;
    unknown = not known whether). `every`: how often it is expected; or `schedule`: the schedule whose calls to action say when. `templates` and
    `kinds`: what an entry of the timeline begins with, or else is, that delivers it. `minutes`: how much of it is included. `paid`: taken
    from paid hours."""

    key: Name
    title: Text
    category: Literal["relationship", "training", "support", "onboarding", "paid"]
    start: date = Field(alias="from")
    ended: date | None = None
    only: Words = {}
    every: Off | None = None
    schedule: Name | None = None
    templates: tuple[Name, ...] = ()
    kinds: tuple[Name, ...] = ()
    minutes: Annotated[int, Field(ge=0)] | None = None
    amount: str = ""
    paid: bool = False
    note: str = ""
    source: str = ""

    @field_validator("every")
    @classmethod
    def _by_the_calendar(cls, every: Offset | None) -> Offset | None:
        if every is not None and (every.n < 1 or every.unit == "business_days"):
            raise ValueError("a service recurs by days, weeks, months or years")
        return every

    @model_validator(mode="after")
    def _one_rhythm(self) -> Service:
        if self.every is not None and self.schedule is not None:
            raise ValueError("a service has either 'every' or 'schedule'")
        return self

    @property
    def recurs(self) -> bool:
        """Whether it is expected again and again."""
        return self.every is not None or self.schedule is not None

    def on(self, day: date) -> bool:
        """Whether the handbook of that day has it."""
        return self.start <= day and (self.ended is None or day <= self.ended)

    def included(self, facts: Mapping[str, Any]) -> bool | None:
        """Whether an account with these facts (words as text) gets it; None when a fact that counts is missing."""
        fits = [None if facts.get(name) is None else str(facts[name]) in words for name, words in self.only.items()]
        return False if False in fits else None if None in fits else True


class NoticeKind(Strict):
    """A kind of notice and what happens with it unless its reader chose otherwise. `mail`: at once, in a digest or not at all; `quiet`:
    it waits for the end of quiet hours; `mutable`: a person may switch it off."""

    key: Name
    title: Text
    group: Text = "Work"
    mail: Literal["now", "daily", "weekly", "never"] = "daily"
    app: bool = True
    quiet: bool = True
    mutable: bool = True
    note: str = ""
    source: str = ""


class MailTemplate(Strict):
    """The words of a mail with `{fields}`; `html` may be blank (then it is made from the text)."""

    key: Name
    subject: Text
    text: Text
    html: str = ""
    note: str = ""
    source: str = ""


class QuietHours(Strict):
    """The time in which no mail goes out, by the reader's clock; weekends count as quiet when `weekends` is set."""

    start: time = Field(alias="from")
    until: time
    weekends: bool = False
    note: str = ""

    def holds(self, moment: time) -> bool:
        """Whether a time of day is quiet; a span over midnight works too."""
        if self.start <= self.until:
            return self.start <= moment < self.until
        return moment >= self.start or moment < self.until


class Digest(Strict):
    """When digests go out: the time of day, and the ISO weekday of the weekly one."""

    at: time
    weekday: Annotated[int, Field(ge=1, le=7)] = 1
    note: str = ""


class ReadReceipt(Strict):
    """Whether opened mails are noticed, and the sentence that tells the reader of it."""

    enabled: bool = False
    sentence: Text
    note: str = ""
    source: str = ""


class Release(Strict):
    """A release of the product: `version` (16.5), the day on which it came out, and where it is told."""

    version: Annotated[str, Field(pattern=r"^\d{1,3}\.\d{1,3}$")]
    day: date
    url: str = ""
    note: str = ""
    source: str = ""


class Letters(Strict):
    """What texts are filled with that no account says: the product's name, where support and the feedback form are, and the names that
    imports give to a customer's version."""

    product: Text
    support_url: str = ""
    form_url: str = ""
    version_fields: tuple[Name, ...] = ()
    note: str = ""
    source: str = ""


class Effort(Dated):
    """How many minutes one piece of work takes: that of a type and, if given, a reason, for accounts of some `segments` (none = all), raised
    by some `schedules` (none = whoever). `per` week: for as long as it is open. The parts of `minutes` are told by `preparation`, `talk` and
    `follow_up`."""

    type: Name
    reason: Text | None = None
    segments: tuple[Word, ...] = ()
    schedules: tuple[Name, ...] = ()
    minutes: Annotated[int, Field(ge=0)]
    per: Literal["piece", "week"] = "piece"
    preparation: int = 0
    talk: int = 0
    follow_up: int = 0


class Fixed(Dated):
    """Work of a person that hangs on no account: webinars, workshops. `minutes` each time, `times` a month."""

    title: Text
    segments: tuple[Word, ...] = ()
    minutes: Annotated[int, Field(ge=0)]
    times: Annotated[int, Field(ge=1)] = 1


@dataclass(frozen=True)
class Timeline:
    """timeline.yaml."""

    kinds: Mapping[str, ActivityKind] = field(default_factory=dict)
    templates: Mapping[str, ActivityTemplate] = field(default_factory=dict)
    feedback_kinds: Mapping[str, Choice] = field(default_factory=dict)
    feedback_labels: Mapping[str, Choice] = field(default_factory=dict)
    sentiments: Mapping[str, Choice] = field(default_factory=dict)

    @property
    def engaging(self) -> tuple[str, ...]:
        """The kinds that move "last engaged"."""
        return tuple(key for key, kind in self.kinds.items() if kind.engages)

    @property
    def contacting(self) -> tuple[str, ...]:
        """The kinds that move "last contact"."""
        return tuple(key for key, kind in self.kinds.items() if kind.contacts)


@dataclass(frozen=True)
class NoticeBook:
    """notices.yaml."""

    kinds: Mapping[str, NoticeKind] = field(default_factory=dict)
    mails: Mapping[str, MailTemplate] = field(default_factory=dict)
    quiet: QuietHours | None = None
    digest: Digest | None = None
    read_receipt: ReadReceipt | None = None


@dataclass(frozen=True)
class Catalogues:
    """All of them. `services` in the order of the file."""

    timeline: Timeline = field(default_factory=Timeline)
    services: Mapping[str, Service] = field(default_factory=dict)
    notices: NoticeBook = field(default_factory=NoticeBook)
    efforts: tuple[Effort, ...] = ()
    fixed: tuple[Fixed, ...] = ()
    ranking: tuple[TermShape, ...] = ()
    ranking_examples: tuple[ExampleShape, ...] = ()
    releases: tuple[Release, ...] = ()
    letters: Letters | None = None
    profiles: profiles.Profiles = field(default_factory=profiles.Profiles)
    onboarding: onboarding.Book = field(default_factory=onboarding.Book)
    journey: journey.Book = field(default_factory=journey.Book)
    projects: projects.Book = field(default_factory=projects.Book)


LISTS: dict[str, type[Strict]] = {
    "activity_kinds": ActivityKind, "activity_templates": ActivityTemplate, "feedback_kinds": Choice, "feedback_labels": Choice,
    "sentiments": Choice, "services": Service, "notice_kinds": NoticeKind, "mail_templates": MailTemplate, "efforts": Effort,
    "fixed_efforts": Fixed, "ranking": TermShape, "ranking_examples": ExampleShape,
    "releases": Release, "profiles": profiles.ProfileShape, "profile_examples": profiles.ExampleShape,
    "profile_readings": profiles.ReadingShape, **onboarding.LISTS, **journey.LISTS, **projects.LISTS,
}  # fmt: skip
SINGLES: dict[str, type[Strict]] = {
    "quiet_hours": QuietHours, "digest": Digest, "read_receipt": ReadReceipt, "letters": Letters,
    "profile_terms": profiles.TermsShape, projects.TERMS: projects.TermsShape,
}  # fmt: skip
NOTICES = ("quiet_hours", "digest", "read_receipt")


def made(lists: Mapping[str, list[Any]], singles: Mapping[str, Any]) -> Catalogues:
    """The catalogues of what was read; `lists` and `singles` by the names above."""

    def by_key(name: str) -> dict[str, Any]:
        return {item.key: item for item in lists.get(name, ())}

    timeline = Timeline(*(by_key(name) for name in ("activity_kinds", "activity_templates", "feedback_kinds", "feedback_labels",
                                                    "sentiments")))  # fmt: skip
    notices = NoticeBook(by_key("notice_kinds"), by_key("mail_templates"), *(singles.get(name) for name in NOTICES))
    efforts, fixed, terms, cases, releases = (
        tuple(lists.get(name, ())) for name in ("efforts", "fixed_efforts", "ranking", "ranking_examples", "releases")
    )
    return Catalogues(timeline, by_key("services"), notices, efforts, fixed, terms, cases, releases, singles.get("letters"),
                      profiles.made(lists, singles.get("profile_terms")), onboarding.made(lists), journey.made(lists),
                      projects.made(lists, singles.get(projects.TERMS)))  # fmt: skip


def effort(
    pack_efforts: tuple[Effort, ...],
    type: str,  # noqa: A002
    reason: str,
    segment: str | None,
    day: date,
    schedule: str = "",
) -> Effort | None:
    """The effort of a piece of work on a day: the most particular entry that fits (reason, then schedule, then segment), the latest begun of
    those."""
    fitting = [
        item for item in pack_efforts
        if item.type == type and item.reason in (None, reason) and (not item.segments or segment in item.segments)
        and (not item.schedules or schedule in item.schedules)
        and item.start <= day and (item.ended is None or day <= item.ended)
    ]  # fmt: skip
    return max(fitting, key=_rank, default=None)


def _rank(item: Effort) -> tuple[bool, bool, bool, date]:
    return item.reason is not None, bool(item.schedules), bool(item.segments), item.start


__all__ = [
    "ActivityKind", "ActivityTemplate", "Catalogues", "Choice", "Digest", "Effort", "Fixed", "Letters", "MailTemplate", "NoticeBook", "NoticeKind",
    "QuietHours", "ReadReceipt", "Release", "Service", "Timeline", "effort", "made",
]  # fmt: skip
