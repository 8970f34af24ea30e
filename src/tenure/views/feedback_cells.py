"""The cells of the feedback list as HTML."""

from collections.abc import Callable

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenure.models import Feedback
from tenure.queries.lists import Column
from tenure.views import tags
from tenure.views.cells import Look
from tenure.views.markdown import excerpt

STATUS = {"open": "", "passed_on": "lab-acc", "answered": "lab-g"}


def line(row: Feedback, columns: list[Column], look: Look) -> SafeString:
    """The row: the box that selects it, then its cells in the order of the columns."""
    cells = SafeString("".join(_cell(row, column, look) for column in columns))
    return format_html(
        '<tr aria-selected="false" data-row><td><input class="form-check-input" type="checkbox" form="picked" name="id" data-select value="{}" '
        'data-sum="0" aria-label="Select {}"></td>{}</tr>\n',
        row.pk, excerpt(row.text, 60), cells,
    )  # fmt: skip


def _cell(row: Feedback, column: Column, look: Look) -> SafeString:
    return MAKERS.get(column.key, _word)(row, column, look)


def _text(row: Feedback, column: Column, look: Look) -> SafeString:
    url = reverse("feedback:show", args=[row.pk])
    return format_html(
        '<td data-c="a"><a class="row-x" href="{}" hx-get="{}" hx-target="#drawer" data-open><span class="med cut fb-text" title="{}">{}</span></a></td>',
        url, url, excerpt(row.text, 600), excerpt(row.text, 160),
    )  # fmt: skip


def _account(row: Feedback, column: Column, look: Look) -> SafeString:
    url = look.address.replace("/0/", f"/{row.account_id}/")
    return format_html('<td data-c="c"><a class="cut" href="{}{}">{}</a></td>', url, look.as_of_query, row.account_name)  # type: ignore[attr-defined]


def _status(row: Feedback, column: Column, look: Look) -> SafeString:
    return format_html(
        '<td data-c="b"><span class="lab {}">{}</span></td>', STATUS.get(row.status, ""), column.label_of(row.status)
    )


def _label(row: Feedback, column: Column, look: Look) -> SafeString:
    label = getattr(row, column.field)
    return (
        format_html('<td><span class="chip">{}</span></td>', column.label_of(label))
        if label
        else format_html('<td class="mut">{}</td>', tags.BLANK)
    )


def _day(row: Feedback, column: Column, look: Look) -> SafeString:
    return format_html('<td class="sec tnum" data-c="d">{}</td>', tags.day(row.given_on, look.today))


def _amount(row: Feedback, column: Column, look: Look) -> SafeString:
    return format_html('<td class="num sec">{}</td>', tags.money(getattr(row, column.field), look.currency))


def _person(row: Feedback, column: Column, look: Look) -> SafeString:
    name, key = getattr(row, column.sort), getattr(row, column.field)
    if key is None:
        return format_html('<td class="mut">{}</td>', tags.BLANK)
    return format_html('<td><span class="row-x">{}<span class="sec">{}</span></span></td>', tags.monogram(name, key, True), name)


def _contact(row: Feedback, column: Column, look: Look) -> SafeString:
    return format_html('<td class="sec">{}</td>', row.contact_name or tags.BLANK)  # type: ignore[attr-defined]


def _issue(row: Feedback, column: Column, look: Look) -> SafeString:
    if not row.issue_url:
        return format_html('<td class="mut">{}</td>', tags.BLANK)
    shown = row.issue_url.partition("://")[2].rstrip("/")
    return format_html(
        '<td><a class="link cut fb-issue" href="{}" rel="noopener nofollow" title="{}">{}</a></td>',
        row.issue_url,
        row.issue_url,
        shown[-40:],
    )


def _word(row: Feedback, column: Column, look: Look) -> SafeString:
    value = getattr(row, column.field)
    return format_html('<td class="sec">{}</td>', column.label_of(value) if value else tags.BLANK)


MAKERS: dict[str, Callable[[Feedback, Column, Look], SafeString]] = {
    "text": _text, "account": _account, "status": _status, "label": _label, "day": _day, "arr": _amount, "author": _person, "tam": _person,
    "contact": _contact, "issue": _issue,
}  # fmt: skip
