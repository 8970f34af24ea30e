"""The cells of the list of a service as HTML; the account's own are those of the accounts list."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from tenure.queries.lists import Column
from tenure.views import cells, tags
from tenure.views.cells import Look
from tenure.views.markup import fill

TONES = {"overdue": "lab-r", "in_time": "lab-g", "delivered": "lab-g", "unknown": "lab-y"}


def line(row: Any, columns: list[Column], look: Look) -> SafeString:
    """The row: the box that selects it, then its cells in the order of the columns."""
    made = SafeString("".join(MAKERS[column.key](row, column, look) if column.key in MAKERS else cells.cell(row, column, look) for column in columns))  # fmt: skip
    return fill(
        '<tr aria-selected="false" data-row><td><input class="form-check-input" type="checkbox" form="picked" name="id" data-select value="{}" '
        'data-sum="{}" aria-label="Select {}"></td>{}</tr>\n',
        row.account_id, row.arr_minor or 0, row.name, made,
    )  # fmt: skip


def _name(row: Any, column: Column, look: Look) -> SafeString:
    url = reverse("account:section", args=[row.account_id, "services"])
    return fill(
        '<td data-c="a"><a class="row-x" href="{}" data-open>{}<span class="med cut lst-name" title="{}">{}</span></a></td>',
        url, tags.monogram(row.name, row.account_id), row.name, row.name,
    )  # fmt: skip


def _state(row: Any, column: Column, look: Look) -> SafeString:
    return fill('<td data-c="b"><span class="lab {}">{}</span></td>', TONES.get(row.state, ""), column.label_of(row.state))


def _service(row: Any, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec">{}</td>', column.label_of(row.service))


def _last(row: Any, column: Column, look: Look) -> SafeString:
    if row.last is None:
        return fill('<td class="mut" data-c="c">{}</td>', "never")
    return fill(
        '<td class="tnum" data-c="c">{} <span class="mut sm only-s">{}</span></td>', tags.day(row.last, look.today), row.by_name
    )


def _due(row: Any, column: Column, look: Look) -> SafeString:
    expected = getattr(row, "expected", None)
    if row.due is None and expected:
        return fill(
            '<td data-c="d"><span class="sec tnum">{} d</span> <span class="mut sm">{}, not asked for yet</span></td>', (expected - look.today).days,
            tags.day(expected, look.today),
        )  # fmt: skip
    if row.due is None:
        return fill('<td class="mut" data-c="d">{}</td>', tags.BLANK)
    late = (look.today - row.due).days
    words = fill('<span class="down med">{} d late</span>', late) if late > 0 else fill('<span class="sec">{} d</span>', -late)
    return fill(
        '<td data-c="d"><span class="dd tnum">{}</span> <span class="mut sm">{}</span></td>', words, tags.day(row.due, look.today)
    )


MAKERS: dict[str, Callable[[Any, Column, Look], SafeString]] = {
    "name": _name, "state": _state, "service": _service, "last": _last, "due": _due,
    "gemstone": lambda row, column, look: fill("<td>{}</td>", tags.gem(row.gemstone) if row.gemstone else tags.BLANK),
    "arr": lambda row, column, look: fill('<td class="num sec">{}</td>', tags.money(row.arr_minor, look.currency)),
    "renewal": lambda row, column, look: fill('<td class="sec tnum">{}</td>', tags.day(row.renewal_date, look.today)),
    "tam": lambda row, column, look: fill('<td class="sec">{}</td>', row.tam_name or tags.BLANK),
}  # fmt: skip
