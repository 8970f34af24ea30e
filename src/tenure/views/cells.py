"""The cells of lists as HTML. Fifty rows of a dozen columns are six hundred cells: too many for template tags to be quick."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from tenure.models import SummaryFields
from tenure.queries.lists import Column
from tenure.views import tags
from tenure.views.markup import fill

SOON = 90  # days in which a renewal stands out


@dataclass(frozen=True)
class Look:
    """What cells need to know of the page: the day, the currency, whether the reader may assign, what account links carry along."""

    today: date
    currency: str
    may_assign: bool = False
    as_of_query: str = ""
    made: dict[tuple[str, str, Any], SafeString] = field(default_factory=dict)  # cells that repeat, by column and value
    address: str = field(default_factory=lambda: reverse("account:show", args=(0,)))


def line(row: SummaryFields, columns: list[Column], look: Look) -> SafeString:
    """The row: the box that selects it, then its cells in the order of the columns."""
    return fill(
        '<tr aria-selected="false" data-row><td><input class="form-check-input" type="checkbox" form="picked" name="id" data-select value="{}" '
        'data-sum="{}" aria-label="Select {}"></td>{}</tr>\n',
        row.account_id, row.arr_minor or 0, row.name, SafeString("".join(cell(row, column, look) for column in columns)),
    )  # fmt: skip


def cell(row: SummaryFields, column: Column, look: Look) -> SafeString:
    """One cell; words that repeat are made once a page."""
    maker = SPECIAL.get(column.key, PLAIN[column.kind])
    if maker not in REPEATED:
        return maker(row, column, look)
    key = (column.key, row.segment, getattr(row, column.field))  # a phone shows the segment beside the gemstone
    if key not in look.made:
        look.made[key] = maker(row, column, look)
    return look.made[key]


def _text(row: SummaryFields, column: Column, look: Look) -> SafeString:
    value = getattr(row, column.field)
    return fill('<td class="sec">{}</td>', column.label_of(value) if value else tags.BLANK)


def _amount(row: SummaryFields, column: Column, look: Look) -> SafeString:
    place = fill(' data-c="{}"', column.place) if column.place else ""
    return fill('<td class="num med"{}>{}</td>', place, tags.money(getattr(row, column.field), look.currency))


def _number(row: SummaryFields, column: Column, look: Look) -> SafeString:
    return fill('<td class="num sec">{}</td>', tags.count(getattr(row, column.field)))


def _day(row: SummaryFields, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec tnum">{}</td>', tags.day(getattr(row, column.field)))


def _person(row: SummaryFields, column: Column, look: Look) -> SafeString:
    name, key = getattr(row, column.sort), getattr(row, column.field)
    if key is None:
        return fill('<td class="mut">{}</td>', tags.BLANK)
    return fill('<td><span class="row-x">{}<span class="sec">{}</span></span></td>', tags.monogram(name, key, True), name)


def _yes(row: SummaryFields, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec">{}</td>', "Yes" if getattr(row, column.field) else tags.BLANK)


def _name(row: SummaryFields, column: Column, look: Look) -> SafeString:
    return fill(
        '<td data-c="a"><a class="row-x" href="{}{}" data-open>{}<span class="med cut lst-name" title="{}">{}</span></a></td>',
        look.address.replace("/0/", f"/{row.account_id}/"), look.as_of_query, tags.monogram(row.name, row.account_id), row.name, row.name,
    )  # fmt: skip


def _gem(row: SummaryFields, column: Column, look: Look) -> SafeString:
    mark = tags.gem(row.gemstone) if row.gemstone else fill('<span class="mut">{}</span>', "Undecided")
    return fill('<td data-c="c">{}<span class="only-s mut sm">{}</span></td>', mark, row.segment)


def _criteria(row: SummaryFields, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec">{}</td>', column.label_of(row.tam_eligible) if row.tam_eligible else "Undecided")


def _tier(row: SummaryFields, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec nb">{}</td>', row.service_tier.removeprefix("Tier ") or tags.BLANK)


def _renewal(row: SummaryFields, column: Column, look: Look) -> SafeString:
    if row.renewal_date is None:
        return fill('<td class="mut" data-c="d">{}</td>', tags.BLANK)
    days = (row.renewal_date - look.today).days
    loud = "warn med" if days < 0 else "med" if days <= SOON else "sec"
    words = f"{-days} d ago" if days < 0 else f"{days} d"
    return fill(
        '<td data-c="d"><span class="dd tnum {}">{}</span> <span class="mut sm">{}</span></td>',
        loud, words, tags.day(row.renewal_date, look.today),
    )  # fmt: skip


def _waiting(row: SummaryFields, column: Column, look: Look) -> SafeString:
    if row.needs_tam_since is None:
        return fill('<td class="mut">{}</td>', tags.BLANK)
    days = (look.today - row.needs_tam_since).days
    return fill(
        '<td><span class="dd tnum med">{} d</span> <span class="mut sm">{}</span></td>',
        days,
        tags.day(row.needs_tam_since, look.today),
    )


def _tam(row: SummaryFields, column: Column, look: Look) -> SafeString:
    if row.tam_id is not None:
        return _person(row, column, look)
    if row.needs_tam_since is None:
        return fill('<td class="mut">{}</td>', "Not covered" if row.tam_eligible == "No" else tags.BLANK)
    if not look.may_assign:
        return fill('<td><span class="warn med">{}</span></td>', "Needs a TAM")
    return fill(
        '<td><button type="button" class="row-x link lst-assign" hx-get="{}?id={}" hx-target="#dialog" aria-label="Assign a TAM to {}">'
        '<span class="mg mg-p mg-none" aria-hidden="true">+</span>Assign</button></td>',
        reverse("accounts:bulk_assign"), row.account_id, row.name,
    )  # fmt: skip


Maker = Callable[[SummaryFields, Column, Look], SafeString]
PLAIN: dict[Any, Maker] = {
    "text": _text,
    "enum": _text,
    "money": _amount,
    "int": _number,
    "date": _day,
    "person": _person,
    "bool": _yes,
}
SPECIAL: dict[str, Maker] = {
    "name": _name, "gemstone": _gem, "tier": _tier, "criteria": _criteria, "renewal": _renewal, "waiting": _waiting, "tam": _tam,
}  # fmt: skip
REPEATED = {_text, _day, _person, _yes, _criteria, _tier, _gem, _renewal}
