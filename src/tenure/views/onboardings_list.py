"""Onboardings as a list: the page, its parts, the forms that change what it shows, and its files."""

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from tenure.models import Onboarding
from tenure.queries import accounts, exports, handbook, saved_views
from tenure.queries import onboardings_list as queries
from tenure.queries.accounts import Sums
from tenure.queries.lists import State
from tenure.views import listing, listpages, onboardings_cells, onboardings_site
from tenure.views.listpages import StateOf
from tenure.views.onboardings_site import SITE, VIEW, Layout, presets, state_of
from tenure.views.shell import PageRequest, needs

EXPORT = "account.export"


def opens(request: PageRequest, site: Layout) -> HttpResponse | None:
    """Where a plain address leads: the reader's default view, else the first of those that everybody has."""
    if request.GET:
        return None
    view = saved_views.default(list(saved_views.of(request.user, site.page)), request.user)
    query = f"view={view.pk}&{view.query}" if view else presets(request.user, request.today)[0].query
    return redirect(site.url("list", query))


def reading(request: PageRequest) -> StateOf:
    """How a query string is read on the day of this request."""
    return lambda params: state_of(params, request.today)


@needs(VIEW)
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """The list. htmx gets the part that changes."""
    if elsewhere := opens(request, SITE):
        return elsewhere
    state, saved = state_of(request.GET, request.today), list(saved_views.of(request.user, SITE.page))
    rows = queries.matching(request.user, state, request.today)
    known = queries.sums(request.user, state, request.today)
    context = onboardings_site.frame(request, SITE, state, known.count) | {"known": known}
    context |= listing.views(SITE, state, presets(request.user, request.today), saved, request.user)
    grouped = {"groups": listing.inner(state, queries.groups(request.user, state, request.today))} if state.group else {}
    context |= grouped or page_of(request, rows, state, known)
    return onboardings_site.answer(request, SITE, state, context)


def page_of(request: PageRequest, rows: QuerySet[Onboarding], state: State, known: Sums) -> dict[str, Any]:
    """One page of rows with their cells, and its pager."""
    page = queries.page(rows, state, known)
    shown = [state.columns[key] for key in state.shown]
    look = onboardings_cells.Look(request.today, handbook.pack(), beside=any(column.key == "account" for column in shown))
    lines = [onboardings_cells.line(row, shown, look) for row in page.rows]
    return {"page": page, "lines": lines, "pager": listing.pager(SITE, state, page, known.count)}


@needs(VIEW)
@require_GET
def rows(request: PageRequest) -> HttpResponse:
    """The first rows of a group."""
    state = state_of(request.GET, request.today)
    found = queries.matching(request.user, state, request.today)
    known = queries.sums(request.user, state, request.today)
    context = onboardings_site.frame(request, SITE, state, known.count) | {"known": known, "in_group": True}
    return render(request, "accounts/rows.html", context | page_of(request, found, state, known))


@needs(VIEW)
@require_GET
def tabs(request: PageRequest, layout: str) -> HttpResponse:
    """The views in the page bar with their counts, one query for all of them."""
    site, read = onboardings_site.layout(layout), reading(request)
    views, state = presets(request.user, request.today), state_of(request.GET, request.today)
    return listpages.tabs(request, site, state, views, read, lambda states: queries.counts(request.user, states, request.today))


@needs(VIEW)
@require_GET
def filter_(request: PageRequest, layout: str) -> HttpResponse:
    """The form of one condition, or the columns to choose from."""
    state = listpages.carried(request, reading(request))
    return listpages.condition(request, onboardings_site.layout(layout), state, queries.people)


@needs(VIEW)
@require_GET
def menu(request: PageRequest, layout: str) -> HttpResponse:
    """The menu of sorts, columns or groups."""
    return listpages.menu(request, onboardings_site.layout(layout), listpages.carried(request, reading(request)))


@needs(VIEW)
@require_GET
def adjust(request: PageRequest, layout: str) -> HttpResponse:
    """The list after one of its forms: a filter, sorts, columns."""
    return listpages.adjust(request, onboardings_site.layout(layout), listpages.carried(request, reading(request)))


@needs(EXPORT)
@require_GET
def export(request: PageRequest) -> HttpResponse:
    """Every matching row as CSV or XLSX, with the shown columns; ``id`` limits it to chosen rows."""
    state, chosen = listpages.exported(request, reading(request))
    found = queries.matching(request.user, state, request.today)
    found = found.filter(pk__in=chosen) if chosen else found
    currency = handbook.pack().handbook.currency
    columns = [exports.titled(state.columns[key], currency) for key in state.shown]
    columns = [replace(column, field=queries.FILES.get(column.key, column.field)) for column in columns]
    said = {"rows": found.count(), "query": state.query(), "columns": list(state.shown)}
    lines, names = queries.everything(found, state), accounts.every_name(columns)
    return listpages.file(
        request, "onboarding", f"onboardings-{request.today.isoformat()}", lines, columns, names, "Onboardings", said
    )


def kept(request: PageRequest, given: QueryDict) -> State:
    """The state that a form carries in its field ``query``."""
    return state_of(QueryDict(given.get("query", "")), request.today)
