"""The issues of a project as a list: the page, its parts, its forms, its files, changing many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import projects_issues as actions
from tenure.actions.refusals import Refused
from tenure.models import ProjectIssue, ProjectLabel, ProjectMilestone
from tenure.queries import accounts, lists, projects, projects_issues
from tenure.queries.accounts import Sums
from tenure.queries.lists import Column, State
from tenure.views import listing, listpages, projects_cells, tags
from tenure.views.cells import Look
from tenure.views.ctaform import days
from tenure.views.drawers import day, day_given
from tenure.views.listing import Preset, Site
from tenure.views.projects_issue import chosen
from tenure.views.projects_site import Here, editable, find, frame, today, undo_url
from tenure.views.shell import PageRequest, needs

VIEW, EDIT, EXPORT = projects.VIEW, projects.EDIT, "account.export"
PRESETS = [
    Preset("Open", "f=state:is:opened"), Preset("Mine", "f=assignee:me&f=state:is:opened"), Preset("Nobody's", "f=assignee:empty&f=state:is:opened"),
    Preset("Overdue", "f=due:past:36500&f=state:is:opened"), Preset("Closed", "f=state:is:closed&sort=-iid"), Preset("All", ""),
]  # fmt: skip
NAMES = {"list": "issues", "export": "issues_export"}


@dataclass(frozen=True)
class IssueSite(Site):
    """The list of the issues of one project; ``board``: what leads to "the list" leads to the board."""

    project: int = 0
    board: bool = False

    def url(self, verb: str, query: str = "") -> str:
        """The address of one of the list's routes."""
        name = "board" if self.board and verb == "list" else NAMES.get(verb, f"issues_{verb}")
        more = "&layout=board" if self.board and verb in ("adjust", "filter", "menu") else ""
        address = reverse(f"projects:{name}", args=[self.project])
        joined = f"{query}{more}".strip("&")
        return f"{address}?{joined}" if joined else address


def site_of(pk: int, board: bool = False) -> IssueSite:
    """The list or the board of a project."""
    return IssueSite("projects_board" if board else "projects_issues", "issue", "issues", pk, board)


def state_of(here: Here, params: QueryDict) -> State:
    """The list's state from a query string."""
    return lists.read(listing.pairs(params), projects_issues.columns(here.project), projects_issues.DEFAULTS)


@needs(VIEW)
@require_GET
def issues(request: PageRequest, pk: int) -> HttpResponse:
    """The list; a plain address opens the issues that are open. htmx gets the part that changes."""
    here, site = find(request, pk), site_of(pk)
    if not request.GET:
        return redirect(site.url("list", PRESETS[0].query))
    state = state_of(here, request.GET)
    rows = projects_issues.matching(here.project, here.rights.hidden, request.user, state, request.today)
    known = projects_issues.sums(rows, here.project, here.rights.hidden, state)
    context = around(request, here, site, state, known) | listing.views(site, state, PRESETS, [], request.user)
    grouped = {"groups": listing.inner(state, projects_issues.groups(rows, state))} if state.group else {}
    context |= grouped or _page(request, here, site, state, known)
    return listpages.answer(request, site, state, context)


def around(request: PageRequest, here: Here, site: IssueSite, state: State, known: Sums) -> dict[str, Any]:
    """What stands around the rows."""
    shown = listing.frame(site, state, accounts.names(state.people()), known.totals, "USD")
    other = site_of(here.project.pk, not site.board)
    return {**frame(here, "board" if site.board else "issues"), **shown, "known": known, "currency": "USD", "is_as_of": False, "board": site.board,
            "other_url": other.url("list", state.query() or "view=all"), "may_edit": here.rights.edit}  # fmt: skip


def _page(request: PageRequest, here: Here, site: Site, state: State, known: Sums) -> dict[str, Any]:
    """One page of rows with their cells, and its pager."""
    page = projects_issues.page(here.project, here.rights.hidden, request.user, state, request.today, known)
    look = Look(request.today, "USD")
    shown = [state.columns[key] for key in state.shown]
    lines = [projects_cells.issue_line(row, shown, look) for row in page.rows]
    return {"page": page, "lines": lines, "pager": listing.pager(site, state, page, known.count)}


@needs(VIEW)
@require_GET
def issues_rows(request: PageRequest, pk: int) -> HttpResponse:
    """The first rows of a group."""
    here, site = find(request, pk), site_of(pk)
    state = state_of(here, request.GET)
    found = projects_issues.matching(here.project, here.rights.hidden, request.user, state, request.today)
    known = projects_issues.sums(found, here.project, here.rights.hidden, state)
    context = around(request, here, site, state, known) | _page(request, here, site, state, known) | {"in_group": True}
    return render(request, "accounts/rows.html", context)


@needs(VIEW)
@require_GET
def issues_filter(request: PageRequest, pk: int) -> HttpResponse:
    """The form of one condition, or the columns to choose from."""
    here = find(request, pk)
    people = lambda column: projects_issues.people(here.project)  # noqa: E731
    return listpages.condition(request, _asking(request, pk), _carried(request, here), people)


@needs(VIEW)
@require_GET
def issues_menu(request: PageRequest, pk: int) -> HttpResponse:
    """The menu of sorts, columns or groups."""
    return listpages.menu(request, _asking(request, pk), _carried(request, find(request, pk)))


@needs(VIEW)
@require_GET
def issues_adjust(request: PageRequest, pk: int) -> HttpResponse:
    """The list after one of its forms: a filter, sorts, columns."""
    return listpages.adjust(request, _asking(request, pk), _carried(request, find(request, pk)))


@needs(EXPORT)
@require_GET
def issues_export(request: PageRequest, pk: int) -> HttpResponse:
    """Every matching row as CSV or XLSX, with the shown columns; ``id`` limits it to chosen rows."""
    here = find(request, pk)
    state, chosen = listpages.exported(request, lambda params: state_of(here, params))
    found = projects_issues.matching(here.project, here.rights.hidden, request.user, state, request.today)
    found = found.filter(pk__in=chosen) if chosen else found
    columns = [_filed(state.columns[key]) for key in state.shown]
    said = {"project": pk, "rows": found.count(), "query": state.query(), "columns": list(state.shown)}
    lines = _Lines(projects_issues.everything(found, state))
    name = f"issues-{here.project.path}-{request.today.isoformat()}"
    return listpages.file(request, "project_issues", name, lines, columns, {}, "Issues", said)


def _filed(column: Column) -> Column:
    """A column as a file has it: words instead of ids."""
    field = {
        "title": "title",
        "labels": "label_names",
        "assignee": "assignee_names",
        "milestone": "milestone_title",
        "column": "column_name",
    }.get(column.key)
    return replace(column, kind="text", field=field) if field else column


@dataclass(frozen=True)
class _Lines:
    """Rows for a file, with the words of what stands beside them."""

    found: QuerySet[ProjectIssue]

    def iterator(self, chunk_size: int) -> Any:
        """The rows, read in chunks."""
        for row in self.found.iterator(chunk_size=chunk_size):
            names = [label.name for label in row.labels.all()]
            row.label_names, row.assignee_names = ", ".join(names), ", ".join(one.name for one in row.assignees.all())  # type: ignore[attr-defined]
            row.milestone_title = row.milestone.title if row.milestone else ""  # type: ignore[attr-defined]
            row.column_name = next((label.name for label in row.labels.all() if label.pk == row.column_id), "")  # type: ignore[attr-defined]
            yield row


@needs(EDIT)
@require_POST
def issues_bulk(request: PageRequest, pk: int) -> HttpResponse:
    """Change the chosen issues the same way; it can be taken back."""
    here = editable(request, pk)
    query = request.POST.get("query", "")
    back = site_of(pk).url("list", query or PRESETS[0].query)
    try:
        done = actions.bulk(here.project, _chosen(request, here, query), _wanted(request), **today(request))
        words = f"{len(done.done)} issue{'' if len(done.done) == 1 else 's'} changed."
        messages.success(request, words, extra_tags=undo_url(here, done.events, back))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect(back)


def _wanted(request: PageRequest) -> dict[str, Any]:
    """What a bulk form asks for: one thing. Raises Refused."""
    form = request.POST
    do, _, value = form.get("do", "").partition(":")
    match do:
        case "state" if value in dict(projects_issues.STATES):
            return {"state": value}
        case "due" if value:
            return {"due_date": None if value == "none" else day_given(value, "due_date")}
        case "add_labels" | "drop_labels" | "assignees":
            return {do: chosen([value or form.get("value", "")], "")}
        case "milestone":
            return {"milestone": next(iter(chosen([value or form.get("value", "")], "")), None)}
    raise Refused("Choose what to change.", "invalid")


def _chosen(request: PageRequest, here: Here, query: str) -> Sequence[int]:
    """Ids of the ticked rows, or of every row that the list holds."""
    if not request.POST.get("all"):
        return listing.numbers(request.POST.getlist("id"))
    state = state_of(here, QueryDict(query))
    found = projects_issues.matching(here.project, here.rights.hidden, request.user, state, request.today)
    return list(found.values_list("pk", flat=True)[: actions.MOST + 1])


@needs(EDIT)
@require_GET
def issues_choices(request: PageRequest, pk: int) -> HttpResponse:
    """What a bulk change can choose from: labels, milestones or people."""
    here = editable(request, pk)
    of = request.GET.get("of", "")
    rows: list[tuple[str, str]] = []
    if of in ("add_labels", "drop_labels"):
        rows = [
            (str(a), b) for a, b in ProjectLabel.objects.filter(project=here.project, deleted_at=None).values_list("pk", "name")
        ]
    elif of == "milestone":
        stones = ProjectMilestone.objects.filter(project=here.project, deleted_at=None, state="active")
        rows = [*((str(a), b) for a, b in stones.values_list("pk", "title")), ("", "No milestone")]
    elif of == "assignees":
        rows = [*projects_issues.people(here.project), ("", "Nobody")]
    elif of == "due":
        rows = _days(request)
    return render(request, "projects_issues/choices.html", {"rows": rows, "of": of, "project": here.project})


def _days(request: PageRequest) -> list[tuple[str, str]]:
    """Days for many issues: the one that was typed first, then what one often chooses, then none."""
    typed = day(request.GET.get("due_date"))
    often = [("Due", typed)] if typed else []
    return [(one.isoformat(), f"{words} · {tags.day(one)}") for words, one in [*often, *days(request.today)]] + [
        ("none", "No due day")
    ]


def _asking(request: PageRequest, pk: int) -> IssueSite:
    """The layout for which a form or menu asks."""
    return site_of(pk, request.GET.get("layout") == "board")


def _carried(request: PageRequest, here: Here) -> State:
    return state_of(here, QueryDict(request.GET.get("state", "")))
