"""One service over all accounts: the list behind the figures of the coverage report, its forms and its files."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tenure.models import AccountSummary, User
from tenure.queries import accounts, entitlements, exports, handbook, lists, saved_views, visible
from tenure.queries.accounts import Sums
from tenure.queries.lists import State
from tenure.rules.catalogues import Service
from tenure.views import entitlements_cells, listing, listpages
from tenure.views.cells import Look
from tenure.views.listing import Preset, Site
from tenure.views.shell import PageRequest, needs

VIEW, EXPORT = "report.view", "account.export"
SITE = Site("entitlements", "account", "accounts")
GETS = "f=state:any:overdue,ahead,in_time,never,delivered"


def state_of(params: QueryDict) -> State:
    """The list's state from a query string."""
    return lists.read(listing.pairs(params), entitlements.columns(handbook.pack()), entitlements.DEFAULTS)


def service_of(state: State, request: PageRequest) -> Service:
    """The service that the list is about. Http404 where the handbook of the day has none."""
    found = entitlements.chosen(state, entitlements.services(handbook.pack(), request.today))
    if found is None:
        raise Http404
    return found


def presets(user: User, service: Service) -> list[Preset]:
    """The views that everybody has, each of the service that is shown."""
    about = f"f=service:is:{service.key}"
    mine, team = Preset("Mine", f"{about}&{GETS}&f=tam:me"), Preset("My team", f"{about}&{GETS}&f=tam:team")
    late = (
        [Preset("Overdue", f"{about}&f=state:is:overdue")]
        if service.recurs
        else [Preset("Not delivered", f"{about}&f=state:is:never")]
    )
    return [Preset("All", about), Preset("Who gets it", f"{about}&{GETS}"), *late, *listpages.own(user, mine, team)]


@needs(VIEW)
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """The list; a plain address opens the reader's default view. htmx gets the part that changes."""
    saved = list(saved_views.of(request.user, SITE.page))
    if elsewhere := listpages.default(request, SITE, saved):
        return elsewhere
    state = state_of(request.GET)
    service = service_of(state, request)
    rows = entitlements.matching(request.user, state, service, request.today)
    known = entitlements.sums(rows, request.user, state)
    context = _frame(request, state, service, known) | listing.views(
        SITE, state, presets(request.user, service), saved, request.user
    )
    grouped = {"groups": listing.inner(state, entitlements.groups(rows, state))} if state.group else {}
    context |= grouped or _page(request, rows, state, service, known)
    return listpages.answer(request, SITE, state, context)


def _frame(request: PageRequest, state: State, service: Service, known: Sums) -> dict[str, Any]:
    """What stands around the rows."""
    currency = handbook.pack().handbook.currency
    about = [
        (one, f"{SITE.url('list')}?f=service:is:{one.key}&{GETS}")
        for one in entitlements.services(handbook.pack(), request.today).values()
    ]
    return {
        **listing.frame(SITE, state, accounts.names(state.people()), known.totals, currency),
        "service": service, "services": about, "known": known, "currency": currency,
        "may": {"export": visible.may(request.user, EXPORT), "share": visible.may(request.user, "view.share"), "apply": visible.may(request.user, "playbook.apply")},
        "is_as_of": False,  # the list is always of today
    }  # fmt: skip


def _page(request: PageRequest, rows: QuerySet[AccountSummary], state: State, service: Service, known: Sums) -> dict[str, Any]:
    """One page of rows with their cells, and its pager."""
    page = entitlements.page(rows, state, known)
    look = Look(request.today, handbook.pack().handbook.currency)
    shown = [state.columns[key] for key in state.shown]
    if "due" in state.shown:
        entitlements.look_ahead(page.rows, service, request.today, handbook.pack())
    lines = [entitlements_cells.line(row, shown, look) for row in page.rows]
    return {"page": page, "lines": lines, "pager": listing.pager(SITE, state, page, known.count)}


@needs(VIEW)
@require_GET
def tabs(request: PageRequest) -> HttpResponse:
    """The views in the page bar with their counts, one query for all of them."""
    state = state_of(request.GET)
    service = service_of(state, request)
    return listpages.tabs(
        request,
        SITE,
        state,
        presets(request.user, service),
        state_of,
        lambda states: entitlements.counts(request.user, states, service, request.today),
    )


@needs(VIEW)
@require_GET
def rows(request: PageRequest) -> HttpResponse:
    """The first rows of a group."""
    state = state_of(request.GET)
    service = service_of(state, request)
    found = entitlements.matching(request.user, state, service, request.today)
    known = entitlements.sums(found, request.user, state)
    context = _frame(request, state, service, known) | _page(request, found, state, service, known) | {"in_group": True}
    return render(request, "accounts/rows.html", context)


@needs(VIEW)
@require_GET
def filter_(request: PageRequest) -> HttpResponse:
    """The form of one condition, or the columns to choose from."""
    return listpages.condition(request, SITE, listpages.carried(request, state_of), entitlements.people)


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
    found = entitlements.matching(request.user, state, service_of(state, request), request.today)
    found = found.filter(pk__in=chosen) if chosen else found
    currency = handbook.pack().handbook.currency
    columns = [exports.titled(state.columns[key], currency) for key in state.shown]
    said = {"rows": found.count(), "query": state.query(), "columns": list(state.shown)}
    rows, names = entitlements.everything(found, state), accounts.every_name(columns)
    return listpages.file(request, "services", f"services-{request.today.isoformat()}", rows, columns, names, "Services", said)
