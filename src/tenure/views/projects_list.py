"""The list of projects: the page, its parts, its forms, its files, and mending many at once."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core import signing
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import projects as actions
from tenure.actions import projects_mending
from tenure.actions.refusals import Refused
from tenure.models import Project, User
from tenure.queries import accounts, exports, handbook, lists, projects, projects_list, saved_views, visible
from tenure.queries.accounts import Sums
from tenure.queries.lists import State
from tenure.views import listing, listpages, projects_cells
from tenure.views.cells import Look
from tenure.views.listing import Preset, Site
from tenure.views.projects_site import SALT, read_undo, today
from tenure.views.shell import PageRequest, needs

VIEW, EDIT, EXPORT = projects.VIEW, projects.EDIT, "account.export"
SITE = Site("projects", "project", "projects")
MINE, TEAM = Preset("Mine", "f=owner:me&f=state:is:opened"), Preset("My team", "f=owner:team&f=state:is:opened")
PRESETS = [
    Preset("Open", "f=state:is:opened"), Preset("Pre-sales", "f=phase:is:pre_sales&f=state:is:opened"), Preset("Differ from the template", "f=differs:gt:0&f=state:is:opened"),
]  # fmt: skip
RIGHTS = {"export": EXPORT, "share": "view.share", "mend": EDIT}
MOST = 100  # projects mended at once


def state_of(params: QueryDict) -> State:
    """The list's state from a query string."""
    return lists.read(listing.pairs(params), projects_list.columns(handbook.pack()), projects_list.DEFAULTS)


def presets(user: User) -> list[Preset]:
    """The views that everybody has, as far as they make sense for the reader."""
    return [Preset("All", ""), *listpages.own(user, MINE, TEAM), *PRESETS]


@needs(VIEW)
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """The list; a plain address opens the reader's default view. htmx gets the part that changes."""
    saved = list(saved_views.of(request.user, SITE.page))
    if elsewhere := listpages.default(request, SITE, saved):
        return elsewhere
    state = state_of(request.GET)
    rows = projects_list.matching(request.user, state, request.today)
    known = projects_list.sums(rows, request.user, state)
    context = frame(request, state, known) | listing.views(SITE, state, presets(request.user), saved, request.user)
    grouped = {"groups": listing.inner(state, projects_list.groups(rows, state))} if state.group else {}
    context |= grouped or page_of(request, rows, state, known)
    return listpages.answer(request, SITE, state, context)


def frame(request: PageRequest, state: State, known: Sums) -> dict[str, Any]:
    """What stands around the rows."""
    currency = handbook.pack().handbook.currency
    may = {name: visible.may(request.user, capability) for name, capability in RIGHTS.items()}
    shown = listing.frame(SITE, state, accounts.names(state.people()), known.totals, currency)
    return {**shown, "known": known, "currency": currency, "may": may, "is_as_of": False}


def page_of(request: PageRequest, rows: QuerySet[Project], state: State, known: Sums) -> dict[str, Any]:
    """One page of rows with their cells, and its pager."""
    page = projects_list.page(rows, state, known)
    look = Look(request.today, handbook.pack().handbook.currency)
    shown = [state.columns[key] for key in state.shown]
    lines = [projects_cells.line(row, shown, look) for row in page.rows]
    return {"page": page, "lines": lines, "pager": listing.pager(SITE, state, page, known.count)}


@needs(VIEW)
@require_GET
def tabs(request: PageRequest) -> HttpResponse:
    """The views in the page bar with their counts."""
    found = presets(request.user)
    count = lambda states: projects_list.counts(request.user, states, request.today)  # noqa: E731
    return listpages.tabs(request, SITE, state_of(request.GET), found, state_of, count)


@needs(VIEW)
@require_GET
def rows(request: PageRequest) -> HttpResponse:
    """The first rows of a group."""
    state = state_of(request.GET)
    found = projects_list.matching(request.user, state, request.today)
    known = projects_list.sums(found, request.user, state)
    context = frame(request, state, known) | page_of(request, found, state, known) | {"in_group": True}
    return render(request, "accounts/rows.html", context)


@needs(VIEW)
@require_GET
def filter_(request: PageRequest) -> HttpResponse:
    """The form of one condition, or the columns to choose from."""
    return listpages.condition(request, SITE, listpages.carried(request, state_of), projects_list.people)


@needs(VIEW)
@require_GET
def menu(request: PageRequest) -> HttpResponse:
    """The menu of sorts, columns or groups."""
    return listpages.menu(request, SITE, listpages.carried(request, state_of))


@needs(VIEW)
@require_GET
def adjust(request: PageRequest) -> HttpResponse:
    """The list after one of its forms: a filter, sorts, columns."""
    return listpages.adjust(request, SITE, listpages.carried(request, state_of))


@needs(EXPORT)
@require_GET
def export(request: PageRequest) -> HttpResponse:
    """Every matching row as CSV or XLSX, with the shown columns; ``id`` limits it to chosen rows."""
    state, chosen = listpages.exported(request, state_of)
    found = projects_list.matching(request.user, state, request.today)
    found = found.filter(pk__in=chosen) if chosen else found
    columns = [exports.titled(state.columns[key], handbook.pack().handbook.currency) for key in state.shown]
    columns = [replace(column, field=projects_list.FILES.get(column.key, column.field)) for column in columns]
    said = {"rows": found.count(), "query": state.query(), "columns": list(state.shown)}
    lines, names = projects_list.everything(found, state), accounts.every_name(columns)
    return listpages.file(request, "projects", f"projects-{request.today.isoformat()}", lines, columns, names, "Projects", said)


@needs(EDIT)
@require_POST
def mend_many(request: PageRequest) -> HttpResponse:
    """Mend what can be in those that were chosen; it can be taken back."""
    found = _chosen(request)
    kept, left = [], 0
    for row in found:
        try:
            events, rest = projects_mending.mend(row, None, **today(request))
            kept += [[row.pk, events]] if events else []
            left += bool(rest)
        except Refused:
            left += 1
    token = signing.dumps([kept, _list(request)], salt=SALT, compress=True)
    words = f"{len(kept)} mended." + (f" {left} need a person." if left else "")
    messages.success(request, words, extra_tags=reverse("projects:unmend_many", args=[token]) if kept else "")
    return redirect(_list(request))


@needs(EDIT)
@require_POST
def unmend_many(request: PageRequest, token: str) -> HttpResponse:
    """Take back what ``mend_many`` did, where nobody has changed it since."""
    kept, back = read_undo(token)
    done = 0
    pairs: Any = kept
    for pk, events in pairs:
        row = projects.one(request.user, pk)
        try:
            actions.undo(row, events, **today(request)) if row else None
            done += row is not None
        except Refused:
            continue
    messages.success(request, f"{done} as before.")
    return redirect(back)


def _chosen(request: PageRequest) -> list[Project]:
    """The ticked rows, or every row that the list holds."""
    state = state_of(QueryDict(request.POST.get("query", "")))
    found = (
        projects_list.matching(request.user, state, request.today)
        if request.POST.get("all")
        else projects_list.rows(request.user)
    )
    chosen = found if request.POST.get("all") else found.filter(pk__in=listing.numbers(request.POST.getlist("id")))
    return list(chosen.order_by("pk")[:MOST])


def _list(request: PageRequest) -> str:
    query = request.POST.get("query", "")
    return reverse("projects:list") + (f"?{query}" if query else "?view=all")
