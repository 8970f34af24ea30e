"""One service over all accounts: the list behind the figures of the coverage report, its forms and its files."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tenure.actions import exports as exporting
from tenure.models import AccountSummary, User
from tenure.queries import accounts, entitlements, exports, handbook, lists, saved_views, visible
from tenure.queries.accounts import Sums
from tenure.queries.lists import State
from tenure.rules.catalogues import Service
from tenure.views import entitlements_cells, listing
from tenure.views.cells import Look
from tenure.views.listing import Preset, Site
from tenure.views.shell import PageRequest, needs

VIEW, EXPORT = "report.view", "account.export"
SITE = Site("entitlements", "account", "accounts")
GETS = "f=state:any:overdue,ahead,in_time,never,delivered"
MENUS = ("sorts", "chooser", "groups")


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
    reach = {role.sees for role in visible.roles_of(user)}
    about = f"f=service:is:{service.key}"
    mine, team = Preset("Mine", f"{about}&{GETS}&f=tam:me"), Preset("My team", f"{about}&{GETS}&f=tam:team")
    own = [mine] if "own_and_territory" in reach else [team] if "team" in reach else []
    late = (
        [Preset("Overdue", f"{about}&f=state:is:overdue")]
        if service.recurs
        else [Preset("Not delivered", f"{about}&f=state:is:never")]
    )
    return [Preset("All", about), Preset("Who gets it", f"{about}&{GETS}"), *late, *own]


@needs(VIEW)
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """The list; a plain address opens the reader's default view. htmx gets the part that changes."""
    saved = list(saved_views.of(request.user, SITE.page))
    if not request.GET and (view := saved_views.default(saved, request.user)):
        return redirect(SITE.url("list", f"view={view.pk}&{view.query}"))
    state = state_of(request.GET)
    service = service_of(state, request)
    rows = entitlements.matching(request.user, state, service, request.today)
    known = entitlements.sums(rows, request.user, state)
    context = _frame(request, state, service, known) | listing.views(
        SITE, state, presets(request.user, service), saved, request.user
    )
    grouped = {"groups": listing.inner(state, entitlements.groups(rows, state))} if state.group else {}
    context |= grouped or _page(request, rows, state, known)
    if request.htmx.target == "list" and not request.htmx.history_restore_request:
        response = render(request, "entitlements/part.html", context)
        response["HX-Push-Url"] = listing.address(SITE, state)
        return response
    return render(request, "entitlements/list.html", context)


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


def _page(request: PageRequest, rows: QuerySet[AccountSummary], state: State, known: Sums) -> dict[str, Any]:
    """One page of rows with their cells, and its pager."""
    page = entitlements.page(rows, state, known)
    look = Look(request.today, handbook.pack().handbook.currency)
    shown = [state.columns[key] for key in state.shown]
    lines = [entitlements_cells.line(row, shown, look) for row in page.rows]
    return {"page": page, "lines": lines, "pager": listing.pager(SITE, state, page, known.count)}


@needs(VIEW)
@require_GET
def tabs(request: PageRequest) -> HttpResponse:
    """The views in the page bar with their counts, one query for all of them."""
    saved, state = list(saved_views.of(request.user, SITE.page)), state_of(request.GET)
    service = service_of(state, request)
    found = listing.tabs(SITE, state, presets(request.user, service), saved, request.user)[: listing.TABS]
    states = [state_of(QueryDict(tab.url.partition("?")[2])) for tab in found]
    counts = entitlements.counts(request.user, states, service, request.today)
    return render(request, "lists/tabs.html", {"site": SITE, "view_tabs": list(zip(found, counts, strict=True))})


@needs(VIEW)
@require_GET
def rows(request: PageRequest) -> HttpResponse:
    """The first rows of a group."""
    state = state_of(request.GET)
    service = service_of(state, request)
    found = entitlements.matching(request.user, state, service, request.today)
    known = entitlements.sums(found, request.user, state)
    context = _frame(request, state, service, known) | _page(request, found, state, known) | {"in_group": True}
    return render(request, "accounts/rows.html", context)


@needs(VIEW)
@require_GET
def filter_(request: PageRequest) -> HttpResponse:
    """The form of one condition, or the columns to choose from."""
    state = state_of(QueryDict(request.GET.get("state", "")))
    form = listing.filter_form(state, request.GET) | {"site": SITE, "state": state.query(), "to": request.GET.get("to", "")}
    if "column" not in form:
        return render(request, "lists/columns.html", form | {"columns": state.columns.values()})
    if form["column"].kind == "person":
        form["choices"] = entitlements.people(form["column"])
    return render(request, "lists/condition.html", form)


@needs(VIEW)
@require_GET
def menu(request: PageRequest) -> HttpResponse:
    """The menu of sorts, columns or groups."""
    part = request.GET.get("of", "")
    state = state_of(QueryDict(request.GET.get("state", "")))
    return render(request, f"lists/{part if part in MENUS else MENUS[0]}.html", listing.menu(SITE, state))


@needs(VIEW)
@require_GET
def adjust(request: PageRequest) -> HttpResponse:
    """The list after one of its forms: a filter, sorts, columns."""
    state = listing.adjusted(state_of(QueryDict(request.GET.get("state", ""))), request.GET)
    return redirect(SITE.url("list", "&".join([state.query() or "view=all", *map(lists.unreadable, state.ignored)])))


@needs(EXPORT)
@require_GET
def export(request: PageRequest) -> HttpResponse:
    """Every matching row as CSV or XLSX, with the shown columns; ``id`` limits it to chosen rows."""
    given = request.GET
    state = state_of(QueryDict(given["query"]) if "query" in given else given)
    found = entitlements.matching(request.user, state, service_of(state, request), request.today)
    if (chosen := listing.numbers(given.getlist("id"))) and not given.get("all"):
        found = found.filter(pk__in=chosen)
    form = "xlsx" if given.get("form") == "xlsx" else "csv"
    what = {"rows": found.count(), "query": state.query(), "form": form, "columns": list(state.shown)}
    exporting.record("services", what, actor=request.user, at=timezone.now())
    return _file(found, state, form, f"services-{request.today.isoformat()}.{form}")


def _file(found: QuerySet[AccountSummary], state: State, form: str, name: str) -> HttpResponse:
    currency = handbook.pack().handbook.currency
    columns = [exports.titled(state.columns[key], currency) for key in state.shown]
    ordered, names = entitlements.everything(found, state), accounts.every_name(columns)
    if form == "xlsx":
        book = exports.as_xlsx(ordered, columns, names, "Services")
        return cast("HttpResponse", FileResponse(book, as_attachment=True, filename=name))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    pieces = exports.as_csv(ordered, columns, names)
    return cast("HttpResponse", StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers))
