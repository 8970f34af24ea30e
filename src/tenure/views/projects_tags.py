"""What templates of projects show: texts with boxes that can be ticked, labels, the state of an issue."""

import json
from datetime import date
from secrets import token_hex
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tenure.models import ProjectIssue, ProjectLabel
from tenure.rules import projects_text
from tenure.rules.projects import scope
from tenure.views.markdown import render

register = template.Library()
OPEN, CLOSE = "\ue000", "\ue001"  # of the private use area: around what stands for a box while the text is made into HTML


def checklist(text: str, url: str = "", heading: str = "h3", target: str = "#issue") -> SafeString:
    """The HTML of a text, its boxes as check boxes. With ``url`` they can be ticked there: box, words and done are sent; without they only show."""
    lines = text.replace(OPEN, "").replace(CLOSE, "").split("\n")
    checks = projects_text.checks("\n".join(lines))
    secret = token_hex(8)  # a character reference in the text gives these characters too, but nobody can guess this
    for one in checks:
        head, _, _ = lines[one.line].partition("[")
        lines[one.line] = f"{head}{OPEN}{secret}.{one.number}{CLOSE} {one.text}"
    html = str(render("\n".join(lines), heading))
    for one in checks:
        html = html.replace(f"{OPEN}{secret}.{one.number}{CLOSE}", _box(one, url, target), 1)
    return SafeString(html.replace(OPEN, "").replace(CLOSE, ""))


def _box(one: projects_text.Check, url: str, target: str) -> SafeString:
    said = format_html('aria-label="{}"', one.text[:200])
    ticked = SafeString(" checked" if one.done else "")
    if not url:
        return format_html('<input class="form-check-input pj-box" type="checkbox" {}{} disabled>', said, ticked)
    sent = json.dumps({"box": one.number, "words": one.text})
    return format_html(
        '<input class="form-check-input pj-box" id="box-{}" type="checkbox" name="done" value="1" {}{} hx-post="{}" hx-vals="{}" hx-target="{}" hx-swap="outerHTML" hx-trigger="change">',
        one.number, said, ticked, url, sent, target,
    )  # fmt: skip


@register.simple_tag
def boxes(text: str, url: str = "", heading: str = "h3", target: str = "#issue") -> SafeString:
    """``{% boxes issue.description url %}``."""
    return checklist(text, url, heading, target)


@register.filter
def pill(label: ProjectLabel) -> SafeString:
    """A label: its scope and its word, in its colour."""
    return pill_of(label.name, label.color)


def pill_of(name: str, color: str) -> SafeString:
    """The same by name and colour."""
    head = scope(name)
    if not head:
        return format_html('<span class="pj-l pj-{}">{}</span>', color, name)
    return format_html(
        '<span class="pj-l pj-{}"><span class="pj-ls">{}</span>{}</span>', color, head, name.removeprefix(f"{head}::")
    )


@register.filter
def pills(issue: ProjectIssue) -> SafeString:
    """The labels of an issue."""
    return format_html_join(" ", "{}", ((pill(one),) for one in issue.labels.all()))


@register.filter
def share(part: int, whole: int) -> int:
    """Per cent."""
    return part * 100 // whole if whole else 0


@register.filter
def is_late(row: Any, today: date) -> bool:
    """Whether an open issue is overdue."""
    return row.state == "opened" and row.due_date is not None and row.due_date < today


@register.filter
def words(text: str) -> list[str]:
    """A text as its words."""
    return text.split()


@register.filter
def pairs(text: str) -> list[tuple[str, str]]:
    """``key:Title key:Title`` as pairs."""
    return [(key, title) for key, _, title in (one.partition(":") for one in text.split())]
