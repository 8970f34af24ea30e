"""The cells of the list of hand-overs as HTML."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from tenure.queries.lists import Column
from tenure.views import cta_tags, tags
from tenure.views.cells import Look
from tenure.views.markup import fill

TONES = {"offered": "lab-acc", "returned": "lab-r", "accepted": "lab-g"}


def line(row: Any, columns: list[Column], look: Look) -> SafeString:
    """The row: the box that selects it, then its cells in the order of the columns."""
    made = SafeString("".join(MAKERS.get(column.key, PLAIN[column.kind])(row, column, look) for column in columns))
    return fill(
        '<tr aria-selected="false" data-row><td><input class="form-check-input" type="checkbox" form="picked" name="id" data-select value="{}" '
        'data-sum="0" aria-label="Select the hand-over of {}"></td>{}</tr>\n',
        row.pk, row.account_name, made,
    )  # fmt: skip


def _account(row: Any, column: Column, look: Look) -> SafeString:
    return fill(
        '<td data-c="a"><a class="row-x" href="{}" data-open>{}<span class="med cut lst-name" title="{}">{}</span></a></td>',
        reverse("handovers:show", args=[row.pk]), tags.monogram(row.account_name, row.account_id), row.account_name, row.account_name,
    )  # fmt: skip


def _state(row: Any, column: Column, look: Look) -> SafeString:
    return fill('<td data-c="b"><span class="lab {}">{}</span></td>', TONES.get(row.state, ""), column.label_of(row.state))


def _due(row: Any, column: Column, look: Look) -> SafeString:
    if row.late:
        return fill(
            '<td class="tnum" data-c="d"><span class="down med">{}</span> <span class="mut sm">{}</span></td>', cta_tags.due(row.due_on, look.today), tags.day(row.due_on, look.today),
        )  # fmt: skip
    return fill('<td class="tnum sec" data-c="d">{}</td>', tags.day(row.due_on, look.today))


def _missing(row: Any, column: Column, look: Look) -> SafeString:
    if not row.is_open:
        return fill('<td class="num mut" data-c="e">{}</td>', tags.BLANK)
    if not row.missing:
        return fill('<td class="num" data-c="e"><span class="up">{}</span></td>', "nothing")
    return fill('<td class="num tnum" data-c="e">{}<span class="only-s"> missing</span></td>', row.missing)


def _late(row: Any, column: Column, look: Look) -> SafeString:
    return fill("<td>{}</td>", SafeString('<span class="lab lab-r">Late</span>') if row.late else tags.BLANK)


def _day(row: Any, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec tnum">{}</td>', tags.day(getattr(row, column.field), look.today))


def _amount(row: Any, column: Column, look: Look) -> SafeString:
    return fill('<td class="num sec">{}</td>', tags.money(getattr(row, column.field), look.currency))


def _person(row: Any, column: Column, look: Look) -> SafeString:
    name, key = getattr(row, column.sort), getattr(row, column.field)
    if key is None:
        return fill('<td class="mut">{}</td>', "nobody yet")
    return fill('<td><span class="row-x">{}<span class="sec cut">{}</span></span></td>', tags.monogram(name, key, True), name)


def _word(row: Any, column: Column, look: Look) -> SafeString:
    value = getattr(row, column.field)
    place = fill(' data-c="{}"', column.place) if column.place else ""
    said = column.label_of(value) if value not in (None, "") else tags.BLANK
    return fill('<td class="sec"{}><span class="cut lst-name" title="{}">{}</span></td>', place, said, said)


def _flag(row: Any, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec">{}</td>', "Yes" if getattr(row, column.field) else "No")


MAKERS: dict[str, Callable[[Any, Column, Look], SafeString]] = {
    "account": _account, "state": _state, "due": _due, "missing": _missing, "late": _late,
}  # fmt: skip
PLAIN: dict[str, Callable[[Any, Column, Look], SafeString]] = {
    "text": _word, "enum": _word, "date": _day, "money": _amount, "person": _person, "bool": _flag, "int": _word,
}  # fmt: skip
