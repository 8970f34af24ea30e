"""The accounts list: the page, its parts, the forms that change what it shows, and its files."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from tenure.models import SummaryFields, User
from tenure.queries import accounts, exports, handbook, lists, saved_views, visible
from tenure.queries.lists import State
from tenure.views import cells, days, listing, listpages
from tenure.views.listing import Preset, Site
from tenure.views.shell import PageRequest, address, needs

SITE = Site("accounts", "account", "accounts")
MINE, TEAM = Preset("Mine", "f=tam:me%7Cowner:me"), Preset("My team", "f=tam:team")
PRESETS = [
    Preset("Renewing in 90 days", "f=renewal:next:90&sort=renewal"),
    Preset("Needs a TAM", "f=waiting:filled&sort=waiting"),
]
RIGHTS = {
    "assign": "account.assign",
    "apply": "playbook.apply",
    "export": "account.export",
    "add": "import.run",
    "share": "view.share",
}


def state_of(params: QueryDict, today: date | None = None) -> State:
    """The list's state from a query string. Today's list names no day: its address shows the list of the day on which it is opened."""
    state = lists.read(listing.pairs(params), accounts.columns(handbook.pack()), accounts.DEFAULTS)
    return replace(state, as_of=None) if state.as_of == today else state


def _reading(request: PageRequest) -> listpages.StateOf:
    """``state_of`` for this request."""
    return lambda params: state_of(params, request.today)


def presets(user: User) -> list[Preset]:
    """The views that everybody has, as far as they make sense for the reader."""
    return [Preset("All", ""), *listpages.own(user, MINE, TEAM), *PRESETS]


@needs("account.view")
@require_GET
@days.on_its_day
def list_(request: PageRequest) -> HttpResponse:
    """The list; a plain address opens the reader's default view. htmx gets the part that changes."""
    saved = list(saved_views.of(request.user, SITE.page))
    state, built = state_of(request.GET, request.today), days.built(request)
    if not set(request.GET) - {"as_of"} and (view := saved_views.default(saved, request.user)):
        return redirect(SITE.url("list", listing.on_day(f"view={view.pk}&{view.query}", state)))
    rows = accounts.matching(request.user, state, request.as_of, built)
    known = accounts.sums(rows, request.user, state, request.as_of, built)
    context = frame(request, state, known) | listing.views(SITE, state, presets(request.user), saved, request.user)
    if state.group:
        context["groups"] = listing.inner(state, accounts.groups(rows, request.user, state, request.as_of))
    else:
        context |= page_of(request, rows, state, known)
    return listpages.answer(request, SITE, state, context)


def frame(request: PageRequest, state: State, known: accounts.Sums) -> dict[str, Any]:
    """What stands around the rows."""
    currency = handbook.pack().handbook.currency
    return {
        **listing.frame(SITE, state, accounts.names(state.people()), known.totals, currency),
        "known": known,
        "currency": currency,
        "may": {name: visible.may(request.user, capability) for name, capability in RIGHTS.items()},
        "import_url": address("imports:list"),
    }


def page_of(request: PageRequest, rows: QuerySet[SummaryFields], state: State, known: accounts.Sums) -> dict[str, Any]:
    """One page of rows with their cells, and its pager."""
    page = accounts.page(rows, state, known)
    look = cells.Look(
        request.as_of,
        handbook.pack().handbook.currency,
        visible.may(request.user, "account.assign") and not request.is_as_of,
        f"?as_of={request.as_of.isoformat()}" if request.is_as_of else "",
    )
    shown = [state.columns[key] for key in state.shown]
    lines = [cells.line(row, shown, look) for row in page.rows]
    return {"page": page, "lines": lines, "pager": listing.pager(SITE, state, page, known.count)}


@needs("account.view")
@require_GET
@days.on_its_day
def tabs(request: PageRequest) -> HttpResponse:
    """The views in the page bar with their counts: asked for once the page is there, one query for all of them."""
    read = _reading(request)
    return listpages.tabs(
        request,
        SITE,
        read(request.GET),
        presets(request.user),
        read,
        lambda states: accounts.counts(request.user, states, request.as_of, days.built(request)),
    )


@needs("account.view")
@require_GET
@days.on_its_day
def rows(request: PageRequest) -> HttpResponse:
    """The first rows of a group, for the list that is grouped."""
    state, built = state_of(request.GET, request.today), days.built(request)
    found = accounts.matching(request.user, state, request.as_of, built)
    known = accounts.sums(found, request.user, state, request.as_of, built)
    context = frame(request, state, known) | page_of(request, found, state, known) | {"in_group": True}
    return render(request, "accounts/rows.html", context)


@needs("account.view")
@require_GET
def filter_(request: PageRequest) -> HttpResponse:
    """The form of one condition, or the columns to choose from."""
    return listpages.condition(request, SITE, listpages.carried(request, _reading(request)), accounts.people)


@needs("account.view")
@require_GET
def menu(request: PageRequest) -> HttpResponse:
    """The menu of sorts, columns or groups."""
    return listpages.menu(request, SITE, listpages.carried(request, _reading(request)))


@needs("account.view")
@require_GET
def adjust(request: PageRequest) -> HttpResponse:
    """The list after one of its forms: a filter, sorts, columns."""
    return listpages.adjust(request, SITE, listpages.carried(request, _reading(request)))


@needs("account.export")
@require_GET
@days.on_its_day
def export(request: PageRequest) -> HttpResponse:
    """Every matching row as CSV or XLSX, with the shown columns; ``id`` limits it to chosen rows."""
    state, chosen = listpages.exported(request, _reading(request))
    found = accounts.matching(request.user, state, request.as_of, days.built(request))
    found = found.filter(account__in=chosen) if chosen else found
    columns = [exports.titled(state.columns[key], handbook.pack().handbook.currency) for key in state.shown]
    said = {"rows": found.count(), "query": state.query(), "columns": list(state.shown)}
    rows, names = accounts.everything(found, state), accounts.every_name(columns)
    day = request.as_of.isoformat()
    title = f"Accounts {day}" if request.is_as_of else "Accounts"
    return listpages.file(request, "account", f"accounts-{day}", rows, columns, names, title, said)
