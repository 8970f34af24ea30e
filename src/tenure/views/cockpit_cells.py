"""The cells of the cockpit as HTML, and what they say in files."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from tenure.models import CallToAction
from tenure.queries import ranking
from tenure.queries.lists import Column
from tenure.rules import cells as rulecells
from tenure.rules.packs import Pack
from tenure.rules.ranking import Scored
from tenure.views import cta_tags, tags
from tenure.views.markup import fill

FILES = {"title": "title", "account": "account_name"}  # what a file shows where the list searches in lower case


@dataclass(frozen=True)
class Look:
    """What cells need to know of the page: the day, and the handbook's words."""

    today: date
    pack: Pack
    show: str = field(default_factory=lambda: reverse("ctas:show", args=(0,)))
    rank: str = field(default_factory=lambda: reverse("cockpit:rank", args=(0,)))
    account: str = field(default_factory=lambda: reverse("account:show", args=(0,)))

    @property
    def currency(self) -> str:
        """The handbook's currency."""
        return self.pack.handbook.currency


def filed(column: Column) -> Column:
    """The column as a file reads it."""
    return replace(column, field=FILES.get(column.key, column.field))


def line(row: CallToAction, columns: list[Column], look: Look) -> SafeString:
    """The row: the box that selects it, then its cells in the order of the columns."""
    cells = SafeString("".join(_cell(row, column, look) for column in columns))
    return fill(
        '<tr id="c-{}" aria-selected="false" data-row data-cta="{}"><td><input class="form-check-input" type="checkbox" form="picked" name="id" '
        'data-select value="{}" data-sum="0" aria-label="Select {}"></td>{}</tr>\n',
        row.pk, row.pk, row.pk, row.title, cells,
    )  # fmt: skip


def _cell(row: CallToAction, column: Column, look: Look) -> SafeString:
    return MAKERS.get(column.key, KINDS.get(column.kind, _word))(row, column, look)


def _title(row: CallToAction, column: Column, look: Look) -> SafeString:
    kind, url = look.pack.cta_types.get(row.type), look.show.replace("/0/", f"/{row.pk}/")
    title = kind.title if kind else row.type
    star = fill('{}<span class="sr">Important</span>', tags.icon("star", "i-s ck-star")) if row.important else ""
    high = (
        fill('{}<span class="sr">High priority</span>', tags.icon("antenna-bars-5", "i-s ck-high")) if row.priority == 1 else ""
    )
    return fill(
        '<td data-c="a"><a class="row-x ck-open" href="{}" hx-get="{}?beside=1" hx-target="#drawer" data-open>'
        '<span class="ty" title="{}">{}<span class="sr">{}: </span></span><span class="med cut ck-title">{}</span>{}{}</a></td>',
        url, url, title, tags.icon(kind.icon if kind else "checkbox"), title, row.title, star, high,
    )  # fmt: skip


def _account(row: CallToAction, column: Column, look: Look) -> SafeString:
    name: str = row.account_name  # type: ignore[attr-defined]
    url = look.account.replace("/0/", f"/{row.account_id}/")
    return fill(
        '<td data-c="c"><span class="row-x">{}<a class="cut sec ck-acc" href="{}">{}</a></span></td>',
        tags.monogram(name, row.account_id),
        url,
        name,
    )


def _tasks(row: CallToAction, column: Column, look: Look) -> SafeString:
    total = row.tasks_open + row.tasks_done
    if not total:
        return fill('<td class="num mut">{}</td>', "")
    return fill('<td class="num mut sm tnum"><span class="sr">Tasks done: </span>{}/{}</td>', row.tasks_done, total)


def _rank(row: CallToAction, column: Column, look: Look) -> SafeString:
    url = look.rank.replace("/0/", f"/{row.pk}/")
    return fill(
        '<td class="num" data-c="d"><button class="why tnum" type="button" hx-get="{}" hx-target="#dialog" id="r-{}" '
        'aria-label="Rank {}: why"><span class="only-s">Rank </span>{}</button></td>',
        url, row.pk, row.rank, row.rank,  # type: ignore[attr-defined]
    )  # fmt: skip


def _due(row: CallToAction, column: Column, look: Look) -> SafeString:
    if row.is_snoozed(look.today):
        rest = fill(
            '<span class="sr">, rests until </span><span class="mut">{}{}</span>',
            tags.icon("clock-pause", "i-s"),
            tags.day(row.snoozed_until, look.today),
        )
        return fill('<td class="nb due" data-c="b">{}</td>', rest)
    words = cta_tags.due(row.due_date, look.today)
    return fill(
        '<td class="nb due {}" data-c="b" title="{}">{}</td>',
        cta_tags.due_class(row.due_date, look.today),
        tags.day(row.due_date),
        words,
    )


def _priority(row: CallToAction, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec">{}</td>', cta_tags.priority_word(row.priority))


def _status(row: CallToAction, column: Column, look: Look) -> SafeString:
    return fill(
        '<td><span class="chip">{}</span></td>',
        look.pack.cta_statuses[row.status].title if row.status in look.pack.cta_statuses else row.status,
    )


def _gem(row: CallToAction, column: Column, look: Look) -> SafeString:
    return fill("<td>{}</td>", tags.gem(getattr(row, column.field)))


def _person(row: CallToAction, column: Column, look: Look) -> SafeString:
    name, key = getattr(row, column.sort), getattr(row, column.field)
    if key is None:
        return fill('<td class="warn">{}</td>', "Nobody" if column.key == "owner" else tags.BLANK)
    return fill('<td><span class="row-x">{}<span class="sec cut">{}</span></span></td>', tags.monogram(name, key, True), name)


def _word(row: CallToAction, column: Column, look: Look) -> SafeString:
    value = getattr(row, column.field)
    return fill('<td class="sec">{}</td>', column.label_of(value) if value else tags.BLANK)


def _number(row: CallToAction, column: Column, look: Look) -> SafeString:
    return fill('<td class="num sec">{}</td>', tags.count(getattr(row, column.field)))


def _amount(row: CallToAction, column: Column, look: Look) -> SafeString:
    return fill('<td class="num sec">{}</td>', tags.money(getattr(row, column.field), look.currency))


def _day(row: CallToAction, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec tnum">{}</td>', tags.day(getattr(row, column.field), look.today))


def _yes(row: CallToAction, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec">{}</td>', "Yes" if getattr(row, column.field) else tags.BLANK)


Maker = Callable[[CallToAction, Column, Look], SafeString]
MAKERS: dict[str, Maker] = {
    "title": _title, "account": _account, "tasks": _tasks, "rank": _rank, "due": _due, "priority": _priority, "status": _status, "gemstone": _gem,
}  # fmt: skip
KINDS: dict[str, Maker] = {"int": _number, "money": _amount, "date": _day, "person": _person, "bool": _yes}


def fact(one: Scored, pack: Pack) -> str:
    """The fact of a term in words: ``3 days late``, ``$1,250,000``, ``in 44 days``, ``unknown``."""
    value, name = one.value, one.term.fact.name
    if value is None:
        return {"days_late": "no due date", "health": "unknown", "days_to_renewal": "no renewal"}.get(name, "not known")
    if name == "arr":
        return tags.money(value, pack.handbook.currency)
    if name == "days_late":
        return "due today" if value == 0 else f"{_days(value)} late" if value > 0 else f"due in {_days(-value)}"
    if name == "days_to_renewal":
        return f"in {_days(value)}" if value >= 0 else f"passed {_days(-value)} ago"
    return rulecells.show(value, one.term.fact, pack.digits)


def band(one: Scored) -> str:
    """The band that holds in words, or that none does."""
    if one.band:
        return one.band.says.replace(">=", "≥").replace("<=", "≤")
    return f"{one.term.title.lower()} unknown: 0 points" if ranking.is_unknown(one) else "no band"


def _days(count: Any) -> str:
    return f"{count:,} day{'' if count == 1 else 's'}"
