"""The list of hand-overs: the page, its parts, the forms that change what it shows, and its files."""

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tenure.models import HandOver, User
from tenure.queries import accounts, exports, handbook, handovers_list, lists, saved_views, visible
from tenure.queries.accounts import Sums
from tenure.queries.handovers_rights import VIEW
from tenure.queries.lists import State
from tenure.views import handovers_cells, listing, listpages
from tenure.views.cells import Look
from tenure.views.listing import Preset, Site
from tenure.views.shell import PageRequest, needs

EXPORT = "account.export"
SITE = Site("handovers", "hand-over", "hand-overs")
OPEN = "f=open:yes"
MINE, TEAM = Preset("Mine", f"{OPEN}&f=giver:me%7Ctaker:me"), Preset("My team", f"{OPEN}&f=giver:team%7Ctaker:team")
PRESETS = [
    Preset("Late", "f=late:yes"),
    Preset("Incomplete", f"{OPEN}&f=missing:gt:0"),
    Preset("Sent back", "f=state:is:returned"),
    Preset("All", ""),
]
RIGHTS = {"export": EXPORT, "share": "view.share"}


def state_of(params: QueryDict) -> State:
    """The list's state from a query string."""
    return lists.read(listing.pairs(params), handovers_list.columns(handbook.pack()), handovers_list.DEFAULTS)


def presets(user: User) -> list[Preset]:
    """The views that everybody has, as far as they make sense for the reader."""
    return [Preset("Open", OPEN), *listpages.own(user, MINE, TEAM), *PRESETS]


@needs(VIEW)
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """The list; a plain address opens the reader's default view. htmx gets the part that changes."""
    saved = list(saved_views.of(request.user, SITE.page))
    if elsewhere := listpages.default(request, SITE, saved):
        return elsewhere
    state = state_of(request.GET or QueryDict(OPEN))
    rows = handovers_list.matching(request.user, state, request.today)
    known = handovers_list.sums(rows, request.user, state)
    context = frame(request, state, known) | listing.views(SITE, state, presets(request.user), saved, request.user)
    grouped = {"groups": listing.inner(state, handovers_list.groups(rows, state))} if state.group else {}
    context |= grouped or page_of(request, rows, state, known)
    return listpages.answer(request, SITE, state, context)


def frame(request: PageRequest, state: State, known: Sums) -> dict[str, Any]:
    """What stands around the rows."""
    currency = handbook.pack().handbook.currency
    return {
        **listing.frame(SITE, state, accounts.names(state.people()), known.totals, currency), "known": known, "currency": currency,
        "may": {name: visible.may(request.user, capability) for name, capability in RIGHTS.items()}, "is_as_of": False,
    }  # fmt: skip


def page_of(request: PageRequest, rows: QuerySet[HandOver], state: State, known: Sums) -> dict[str, Any]:
    """One page of rows with their cells, and its pager."""
    page = handovers_list.page(rows, state, known)
    look = Look(request.today, handbook.pack().handbook.currency)
    shown = [state.columns[key] for key in state.shown]
    lines = [handovers_cells.line(row, shown, look) for row in page.rows]
    return {"page": page, "lines": lines, "pager": listing.pager(SITE, state, page, known.count)}


@needs(VIEW)
@require_GET
def tabs(request: PageRequest) -> HttpResponse:
    """The views in the page bar with their counts, one query for all of them."""
    state = state_of(request.GET)
    return listpages.tabs(
        request,
        SITE,
        state,
        presets(request.user),
        state_of,
        lambda states: handovers_list.counts(request.user, states, request.today),
    )


@needs(VIEW)
@require_GET
def rows(request: PageRequest) -> HttpResponse:
    """The first rows of a group."""
    state = state_of(request.GET)
    found = handovers_list.matching(request.user, state, request.today)
    known = handovers_list.sums(found, request.user, state)
    context = frame(request, state, known) | page_of(request, found, state, known) | {"in_group": True}
    return render(request, "accounts/rows.html", context)


@needs(VIEW)
@require_GET
def filter_(request: PageRequest) -> HttpResponse:
    """The form of one condition, or the columns to choose from."""
    return listpages.condition(request, SITE, listpages.carried(request, state_of), handovers_list.people)


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
    found = handovers_list.matching(request.user, state, request.today)
    found = found.filter(pk__in=chosen) if chosen else found
    columns = [exports.titled(state.columns[key], handbook.pack().handbook.currency) for key in state.shown]
    columns = [replace(column, field=handovers_list.FILES.get(column.key, column.field)) for column in columns]
    said = {"rows": found.count(), "query": state.query(), "columns": list(state.shown)}
    rows, names = handovers_list.everything(found, state), accounts.every_name(columns)
    return listpages.file(
        request, "handover", f"hand-overs-{request.today.isoformat()}", rows, columns, names, "Hand-overs", said
    )
