"""The cells of the onboarding list and the cards of its board as HTML."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from tenure.models import Onboarding
from tenure.queries import onboarding_words
from tenure.queries.lists import Column
from tenure.rules.onboarding import MetricShape
from tenure.rules.packs import Pack
from tenure.views import tags
from tenure.views.markup import fill

TRACK = {"stuck": "lab-r", "behind": "lab-y", "on_track": "lab-g"}
TRACKS = dict(onboarding_words.TRACKS)
DRAG = ' data-drag draggable="true" data-move="{}" aria-describedby="ck-how"'
NOTHING = SafeString("")


@dataclass(frozen=True)
class Look:
    """What cells need to know of the page. ``may``: move cards; ``beside``: each line names its account."""

    today: date
    pack: Pack
    may: bool = False
    beside: bool = False
    show: str = field(default_factory=lambda: reverse("onboardings:show", args=(0,)))
    move: str = field(default_factory=lambda: reverse("onboardings:move", args=(0,)))
    account: str = field(default_factory=lambda: reverse("account:show", args=(0,)))
    times: dict[date, dict[str, MetricShape]] = field(default_factory=dict)

    @cached_property
    def statuses(self) -> dict[str, str]:
        """Titles by key."""
        return dict(onboarding_words.statuses(self.pack))

    def goal(self, row: Onboarding, key: str) -> int | None:
        """The days within which a time is to be reached by the onboarding's edition."""
        edition = row.edition or self.today
        if edition not in self.times:
            self.times[edition] = self.pack.onboarding.times(edition)
        metric = self.times[edition].get(key)
        return metric.goal if metric else None


def of(url: str, pk: int) -> str:
    """An address that was made for 0."""
    return url.replace("/0/", f"/{pk}/")


def line(row: Onboarding, columns: list[Column], look: Look) -> SafeString:
    """The row: the box that selects it, then its cells in the order of the columns."""
    cells = SafeString("".join(MAKERS.get(column.key, KINDS[column.kind])(row, column, look) for column in columns))
    return fill(
        '<tr aria-selected="false" data-row><td><input class="form-check-input" type="checkbox" form="picked" name="id" data-select value="{}" '
        'data-sum="0" aria-label="Select {}"></td>{}</tr>\n',
        row.pk, row.name, cells,
    )  # fmt: skip


Maker = Callable[[Onboarding, Column, Look], SafeString]


def _name(row: Onboarding, column: Column, look: Look) -> SafeString:
    url = of(look.show, row.pk)
    return fill(
        '<td data-c="a"><a class="row-x" href="{}" hx-get="{}" hx-target="#drawer" hx-swap="innerHTML" data-open><span class="med cut ob-name">{}</span></a></td>',
        url, url, tags.beside(row.name, row.account_name) if look.beside else row.name,  # type: ignore[attr-defined]
    )  # fmt: skip


def _account(row: Onboarding, column: Column, look: Look) -> SafeString:
    name = row.account_name  # type: ignore[attr-defined]
    return fill(
        '<td data-c="c"><a class="row-x" href="{}">{}<span class="cut ob-acc">{}</span></a></td>',
        of(look.account, row.account_id), tags.monogram(name, row.account_id), name,
    )  # fmt: skip


def _status(row: Onboarding, column: Column, look: Look) -> SafeString:
    return fill('<td data-c="b"><span class="chip">{}</span></td>', look.statuses.get(row.status, row.status))


def track(key: str) -> SafeString:
    """How it stands as a label; an en dash once it is over."""
    return (
        fill('<span class="lab {}">{}</span>', TRACK.get(key, ""), TRACKS.get(key, key))
        if key
        else fill('<span class="mut">{}</span>', tags.BLANK)
    )


def _track(row: Onboarding, column: Column, look: Look) -> SafeString:
    return fill('<td data-c="e">{}</td>', track(row.track))


def _gem(row: Onboarding, column: Column, look: Look) -> SafeString:
    return fill("<td>{}</td>", tags.gem(row.gemstone))


def _took(row: Onboarding, column: Column, look: Look) -> SafeString:
    """The days that a time took, in colour once past its goal, which is for new customers."""
    days = getattr(row, column.field)
    goal = look.goal(row, column.key) if row.customer == "new" else None  # type: ignore[attr-defined]
    late = days is not None and goal is not None and days > goal
    title = fill(' title="Goal: {} days"', goal) if goal is not None else NOTHING
    return fill('<td class="num{}"{}>{}</td>', " down med" if late else "" if days is not None else " mut", title, _signed(days))


def _number(row: Onboarding, column: Column, look: Look) -> SafeString:
    value = getattr(row, column.field)
    return fill('<td class="num{}">{}</td>', "" if value is not None else " mut", _signed(value))


def _signed(value: int | None) -> str:
    """A number with a real minus; an en dash for none."""
    return tags.BLANK if value is None else f"{value:,}".replace("-", "−")


def _day(row: Onboarding, column: Column, look: Look) -> SafeString:
    place = fill(' data-c="{}"', column.place) if column.place else NOTHING
    return fill('<td class="sec tnum nb"{}>{}</td>', place, tags.day(getattr(row, column.field), look.today))


def _amount(row: Onboarding, column: Column, look: Look) -> SafeString:
    return fill('<td class="num sec">{}</td>', tags.money(getattr(row, column.field), look.pack.handbook.currency))


def person(name: str, key: int | None) -> SafeString:
    """A person, or that there is none."""
    if key is None:
        return fill('<span class="warn">{}</span>', "Nobody")
    return fill('<span class="row-x">{}<span class="sec cut">{}</span></span>', tags.monogram(name, key, True), name)


def _person(row: Onboarding, column: Column, look: Look) -> SafeString:
    return fill("<td>{}</td>", person(getattr(row, column.sort), getattr(row, column.field)))


def _word(row: Onboarding, column: Column, look: Look) -> SafeString:
    value: Any = getattr(row, column.field)
    return fill('<td class="sec">{}</td>', column.label_of(value) if value else tags.BLANK)


def _yes(row: Onboarding, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec">{}</td>', "Yes" if getattr(row, column.field) else "No")


KINDS: dict[str, Maker] = {
    "text": _word, "enum": _word, "date": _day, "int": _number, "money": _amount, "person": _person, "bool": _yes,
}  # fmt: skip
MAKERS: dict[str, Maker] = {
    "name": _name, "account": _account, "status": _status, "track": _track, "gemstone": _gem, "engage": _took, "value": _took, "onboard": _took,
}  # fmt: skip


def card(row: Onboarding, look: Look) -> SafeString:
    """A card of the board: whose, how it stands, for how long, who does it."""
    url, name = of(look.show, row.pk), row.account_name  # type: ignore[attr-defined]
    drag = fill(DRAG, of(look.move, row.pk)) if look.may else NOTHING
    owner = tags.monogram(row.owner_name, row.owner_id, True) if row.owner_id else fill('<span class="warn">{}</span>', "Nobody")  # type: ignore[attr-defined]
    spoken = fill('<span class="sr">{}</span>', row.owner_name) if row.owner_id else NOTHING  # type: ignore[attr-defined]
    return fill(
        '<li><a class="ck-card" id="o-{}" href="{}" hx-get="{}" hx-target="#drawer" hx-swap="innerHTML" data-cta="{}" data-item data-open{}>'
        '<span class="row-x"><span class="med ck-card-t">{}</span></span><span class="row-x sm sec">{}<span class="cut">{}</span></span>'
        '<span class="row-x sm">{}{}{}<span class="push">{}</span></span></a></li>\n',
        row.pk, url, url, row.pk, drag, name, tags.monogram(name, row.account_id), tags.beside(row.name, name), owner, spoken,
        tags.gem(row.gemstone) if row.gemstone else NOTHING, _since(row, look),
    )  # fmt: skip


def _since(row: Onboarding, look: Look) -> SafeString:
    """How it stands and for how many days; of one that is over when it finished."""
    if not row.is_open:
        return fill('<span class="mut tnum">{}</span>', tags.day(row.finish_date, look.today))
    age = row.age  # type: ignore[attr-defined]
    words = "" if age is None else f"{age:,} d" if age >= 0 else f"in {-age} d"
    return fill('<span class="mut tnum">{}</span> {}', words, track(row.track) if row.track in ("stuck", "behind") else NOTHING)
