"""The cells of the list of playbooks at work as HTML."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from tenure.queries.lists import Column
from tenure.views import tags
from tenure.views.cells import Look
from tenure.views.markup import fill

TONES = {"active": "lab-acc", "done": "lab-g"}


def line(row: Any, columns: list[Column], look: Look) -> SafeString:
    """The row: the box that selects it, then its cells in the order of the columns."""
    made = SafeString("".join(MAKERS.get(column.key, PLAIN[column.kind])(row, column, look) for column in columns))
    return fill(
        '<tr aria-selected="false" data-row><td><input class="form-check-input" type="checkbox" form="picked" name="id" data-select value="{}" '
        'data-sum="0" aria-label="Select {} on {}"></td>{}</tr>\n',
        row.pk, row.title, row.account_name, made,
    )  # fmt: skip


def _title(row: Any, column: Column, look: Look) -> SafeString:
    url = reverse("playbooks:show", args=[row.pk])
    return fill(
        '<td data-c="a"><a class="row-x" id="pb-{}" href="{}" hx-get="{}" hx-target="#drawer" data-open><span class="med cut lst-name" title="{}">{}</span></a></td>',
        row.pk, url, url, row.title, row.title,
    )  # fmt: skip


def _account(row: Any, column: Column, look: Look) -> SafeString:
    return fill(
        '<td data-c="c"><a class="cut" href="{}">{}</a></td>',
        look.address.replace("/0/", f"/{row.account_id}/"),
        row.account_name,
    )


def _status(row: Any, column: Column, look: Look) -> SafeString:
    return fill('<td data-c="b"><span class="lab {}">{}</span></td>', TONES.get(row.status, ""), column.label_of(row.status))


def _progress(row: Any, column: Column, look: Look) -> SafeString:
    if not row.total:
        return fill('<td class="num mut">{}</td>', tags.BLANK)
    return fill(
        '<td class="num"><span class="pb-p" title="{}"><span class="bar" aria-hidden="true"><i style="--w:{}%"></i></span><span class="tnum sec">{}/{}</span></span></td>',
        progress_words(row.done, row.total, row.skipped), row.progress, row.done, row.total,
    )  # fmt: skip


def progress_words(done: int, total: int, skipped: int) -> str:
    """``2 of 4 done, 2 skipped``."""
    return f"{done} of {total} done" + (f", {skipped} skipped" if skipped else "")


def _late(row: Any, column: Column, look: Look) -> SafeString:
    return fill('<td class="num"><span class="down med">{}</span></td>', row.late) if row.late else fill('<td class="num mut">{}</td>', tags.BLANK)  # fmt: skip


def _due(row: Any, column: Column, look: Look) -> SafeString:
    tone = "down med" if row.due and row.due < look.today and row.status == "active" else "sec"
    return fill('<td data-c="d"><span class="tnum {}">{}</span></td>', tone, tags.day(row.due, look.today))


def _day(row: Any, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec tnum">{}</td>', tags.day(getattr(row, column.field), look.today))


def _edition(row: Any, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec tnum">{}</td>', tags.day(row.edition))


def _person(row: Any, column: Column, look: Look) -> SafeString:
    name, key = getattr(row, column.sort), getattr(row, column.field)
    if key is None:
        return fill('<td class="mut">{}</td>', "Tenure" if column.key == "applied" else tags.BLANK)
    return fill('<td><span class="row-x">{}<span class="sec cut">{}</span></span></td>', tags.monogram(name, key, True), name)


def _amount(row: Any, column: Column, look: Look) -> SafeString:
    return fill('<td class="num sec">{}</td>', tags.money(getattr(row, column.field), look.currency))


def _word(row: Any, column: Column, look: Look) -> SafeString:
    value = getattr(row, column.field)
    return fill('<td class="sec"><span class="cut">{}</span></td>', column.label_of(value) if value else tags.BLANK)


Maker = Callable[[Any, Column, Look], SafeString]
PLAIN: dict[Any, Maker] = {"text": _word, "enum": _word, "money": _amount, "int": _word, "date": _day, "person": _person}
MAKERS: dict[str, Maker] = {
    "playbook": _title, "account": _account, "status": _status, "progress": _progress, "late": _late, "due": _due, "edition": _edition,
}  # fmt: skip
