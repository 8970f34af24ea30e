"""The cells of the lists of projects and of issues as HTML, and the cards of a board."""

from collections.abc import Callable

from django.urls import reverse
from django.utils.safestring import SafeString

from tenure.models import Project, ProjectIssue
from tenure.queries.lists import Column
from tenure.views import tags
from tenure.views.cells import Look
from tenure.views.markup import fill
from tenure.views.projects_tags import pill

NOTHING = SafeString("")
CHECK = {"complies": ("lab-g", "Complies"), "outdated": ("lab-acc", "Template moved on")}
BAR = '<span class="pj-p"><span class="bar bar-4" aria-hidden="true"><i class="g" style="--w:{}%"></i></span><span class="tnum sec">{}</span></span>'


def line(row: Project, columns: list[Column], look: Look) -> SafeString:
    """The row of a project."""
    return _row(row.pk, row.name, SafeString("".join(PROJECT.get(column.key, _word)(row, column, look) for column in columns)))


def issue_line(row: ProjectIssue, columns: list[Column], look: Look) -> SafeString:
    """The row of an issue."""
    return _row(row.pk, row.title, SafeString("".join(ISSUE.get(column.key, _word)(row, column, look) for column in columns)))


def _row(pk: int, name: str, cells: SafeString) -> SafeString:
    return fill(
        '<tr aria-selected="false" data-row><td><input class="form-check-input" type="checkbox" form="picked" name="id" data-select value="{}" '
        'data-sum="0" aria-label="Select {}"></td>{}</tr>\n',
        pk, name, cells,
    )  # fmt: skip


def _name(row: Project, column: Column, look: Look) -> SafeString:
    lock = (
        fill(' <span class="mut" title="Archived">{}</span>', tags.icon("inbox", "i-s"))
        if row.state == "archived"
        else SafeString("")
    )
    return fill(
        '<td data-c="a"><a class="row-x" data-open href="{}"><span class="med cut lst-name">{}</span>{}</a></td>',
        reverse("projects:show", args=[row.pk]),
        row.name,
        lock,
    )


def _account(row: Project, column: Column, look: Look) -> SafeString:
    return fill(
        '<td data-c="c"><a class="cut pj-acc" href="{}">{}</a></td>',
        look.address.replace("/0/", f"/{row.account_id}/"),
        row.account_name,  # type: ignore[attr-defined]
    )


def _check(row: Project, column: Column, look: Look) -> SafeString:
    shade, word = CHECK.get(row.conformity, ("lab-y", tags.counted(row.differs, "difference")))  # type: ignore[attr-defined]
    return fill('<td data-c="b"><a class="lab {}" href="{}">{}</a></td>', shade, reverse("projects:check", args=[row.pk]), word)


def _progress(row: Project, column: Column, look: Look) -> SafeString:
    if row.progress is None:
        return fill('<td class="num mut" data-c="d">{}</td>', tags.BLANK)
    words = f"{row.progress} %"
    return fill('<td class="num" data-c="d">{}</td>', fill(BAR, row.progress, words))


def _number(row: Project | ProjectIssue, column: Column, look: Look) -> SafeString:
    return fill('<td class="num sec">{}</td>', tags.count(getattr(row, column.field)))


def _person(row: Project, column: Column, look: Look) -> SafeString:
    name, key = getattr(row, column.sort), getattr(row, column.field)
    if key is None:
        return fill('<td class="mut">{}</td>', tags.BLANK)
    return fill('<td><span class="row-x">{}<span class="sec cut">{}</span></span></td>', tags.monogram(name, key, True), name)


def _day(row: Project, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec tnum">{}</td>', tags.day(getattr(row, column.field), look.today))


def _word(row: Project | ProjectIssue, column: Column, look: Look) -> SafeString:
    value = getattr(row, column.field)
    return fill('<td class="sec">{}</td>', column.label_of(value) if value else tags.BLANK)


PROJECT: dict[str, Callable[[Project, Column, Look], SafeString]] = {
    "name": _name, "account": _account, "check": _check, "progress": _progress, "differs": _number, "open": _number, "closed": _number, "version": _number,
    "owner": _person, "tam": _person, "start": _day,
}  # fmt: skip


def mark(row: ProjectIssue) -> SafeString:
    """Open or closed, and whether it is confidential."""
    icon, word, shade = ("circle-check", "Closed", "pj-done") if row.state == "closed" else ("circle", "Open", "pj-todo")
    shut = (
        fill('<span class="pj-lock" title="Confidential">{}<span class="sr">Confidential</span></span>', tags.icon("lock", "i-s"))
        if row.confidential
        else SafeString("")
    )
    return fill(
        '<span class="{}" title="{}">{}<span class="sr">{}: </span></span>{}', shade, word, tags.icon(icon, "i-s"), word, shut
    )


def _title(row: ProjectIssue, column: Column, look: Look) -> SafeString:
    url = issue_url(row)
    return fill(
        '<td data-c="a"><a class="row-x pj-open" id="i-{}" href="{}" hx-get="{}" hx-target="#drawer" data-open>{}<span class="med cut pj-title">{}</span><span class="mut tnum sm">#{}</span></a></td>',
        row.iid, url, url, mark(row), row.title, row.iid,
    )  # fmt: skip


def issue_url(row: ProjectIssue) -> str:
    """The address of an issue."""
    return reverse("projects:issue", args=[row.project_id, row.iid])


def _labels(row: ProjectIssue, column: Column, look: Look) -> SafeString:
    return fill(
        '<td data-c="e"><span class="pj-ls-row">{}</span></td>', SafeString(" ".join(pill(one) for one in row.labels.all()))
    )


def _milestone(row: ProjectIssue, column: Column, look: Look) -> SafeString:
    return fill(
        '<td class="sec" data-c="c"><span class="cut pj-ms">{}</span></td>', row.milestone.title if row.milestone else tags.BLANK
    )


def _assignee(row: ProjectIssue, column: Column, look: Look) -> SafeString:
    people = list(row.assignees.all())
    if not people:
        return fill('<td class="mut"><span class="warn sm">{}</span></td>', "Nobody")
    first = fill('{}<span class="sec cut">{}</span>', tags.monogram(people[0].name, people[0].pk, True), people[0].name)
    more = fill('<span class="mut sm">+{}</span>', len(people) - 1) if len(people) > 1 else SafeString("")
    return fill('<td><span class="row-x">{}{}</span></td>', first, more)


def _boxes(row: ProjectIssue, column: Column, look: Look) -> SafeString:
    if not row.boxes:
        return fill('<td class="mut num">{}</td>', tags.BLANK)
    return fill('<td class="num">{}</td>', fill(BAR, row.ticked * 100 // row.boxes, f"{row.ticked}/{row.boxes}"))


def _due(row: ProjectIssue, column: Column, look: Look) -> SafeString:
    late = row.state == "opened" and row.due_date is not None and row.due_date < look.today
    return fill(
        '<td class="tnum {}" data-c="d">{}</td>',
        "down med" if late else "sec",
        tags.day(row.due_date, look.today) if row.due_date else tags.BLANK,
    )


def _column(row: ProjectIssue, column: Column, look: Look) -> SafeString:
    found = next((one for one in row.labels.all() if one.pk == row.column_id), None)
    return fill("<td>{}</td>", pill(found) if found else tags.BLANK)


def _flag(row: ProjectIssue, column: Column, look: Look) -> SafeString:
    return fill('<td class="sec">{}</td>', "yes" if row.confidential else "no")


ISSUE: dict[str, Callable[[ProjectIssue, Column, Look], SafeString]] = {
    "title": _title, "labels": _labels, "milestone": _milestone, "assignee": _assignee, "boxes": _boxes, "due": _due, "iid": _number, "weight": _number,
    "comments": _number, "column": _column, "confidential": _flag,
}  # fmt: skip


def card(row: ProjectIssue, look: Look, column: str, move: str) -> SafeString:
    """A card of the board; its column's own label is left out, it says where it stands."""
    url, drag = issue_url(row), NOTHING
    if move:
        place = move.replace("/0/", f"/{row.iid}/")
        drag = fill(' draggable="true" data-drag data-move="{}" aria-describedby="pj-how"', place)
    return fill(
        '<li><a class="ck-card pj-card" id="c-{}" href="{}" hx-get="{}" hx-target="#drawer" data-item data-open data-cta="{}"{}>'
        '<span class="row-x">{}<span class="med ck-card-t">{}</span></span>{}'
        '<span class="row-x sm"><span class="mut tnum">#{}</span>{}{}</span></a></li>\n',
        row.iid, url, url, row.iid, drag, mark(row), row.title, _marks(row, column), row.iid, _people(row), _foot(row, look),
    )  # fmt: skip


def _marks(row: ProjectIssue, column: str) -> SafeString:
    labels = [pill(one) for one in row.labels.all() if str(one.pk) != column]
    return fill('<span class="pj-ls-row">{}</span>', SafeString(" ".join(labels))) if labels else NOTHING


def _people(row: ProjectIssue) -> SafeString:
    shown = list(row.assignees.all())[:3]
    parts = (fill('{}<span class="sr">{}</span>', tags.monogram(one.name, one.pk, True), one.name) for one in shown)
    return SafeString("".join(parts))


def _foot(row: ProjectIssue, look: Look) -> SafeString:
    """Its boxes and its day."""
    late = row.state == "opened" and row.due_date is not None and row.due_date < look.today
    boxes, due = NOTHING, NOTHING
    if row.boxes:
        boxes = fill('<span class="mut tnum"><span class="sr">Boxes ticked: </span>{}/{}</span>', row.ticked, row.boxes)
    if row.due_date:
        due = fill('<span class="push {}">{}</span>', "down" if late else "mut", tags.day(row.due_date, look.today))
    return boxes + due
