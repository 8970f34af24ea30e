"""Playbooks at work: the list, its parts, the forms that change what it shows, and its files."""

from dataclasses import replace
from typing import Any, cast

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tenure.actions import exports as exporting
from tenure.models import PlaybookUse, User
from tenure.queries import accounts, exports, handbook, lists, saved_views, visible
from tenure.queries import playbooks_list as uses
from tenure.queries.accounts import Sums
from tenure.queries.lists import State
from tenure.views import listing, playbooks_cells
from tenure.views.cells import Look
from tenure.views.listing import Preset, Site
from tenure.views.shell import PageRequest, needs

VIEW, EXPORT = "cta.view", "account.export"
SITE = Site("playbooks", "playbook", "playbooks")
NOW = "f=status:is:active"
MINE, TEAM = Preset("Mine", f"{NOW}&f=owner:me%7Ctam:me"), Preset("My team", f"{NOW}&f=owner:team%7Ctam:team")
PRESETS = [
    Preset("At work", NOW),
    Preset("Late", f"{NOW}&f=late:gte:1&sort=-late"),
    Preset("Ended", "f=status:not:active&sort=-ended"),
]
MENUS = ("sorts", "chooser", "groups")
RIGHTS = {"export": EXPORT, "share": "view.share", "apply": "playbook.apply"}


def state_of(params: QueryDict) -> State:
    """The list's state from a query string."""
    return lists.read(listing.pairs(params), uses.columns(handbook.pack()), uses.DEFAULTS)


def presets(user: User) -> list[Preset]:
    """The views that everybody has, as far as they make sense for the reader."""
    reach = {role.sees for role in visible.roles_of(user)}
    own = [MINE] if "own_and_territory" in reach else [TEAM] if "team" in reach else []
    return [Preset("All", ""), *PRESETS[:1], *own, *PRESETS[1:]]


@needs(VIEW)
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """The list; a plain address opens the reader's default view. htmx gets the part that changes."""
    saved = list(saved_views.of(request.user, SITE.page))
    if not request.GET and (view := saved_views.default(saved, request.user)):
        return redirect(SITE.url("list", f"view={view.pk}&{view.query}"))
    state = state_of(request.GET)
    rows = uses.matching(request.user, state, request.today)
    known = uses.sums(rows, request.user, state, request.today)
    context = frame(request, state, known) | listing.views(SITE, state, presets(request.user), saved, request.user)
    grouped = {"groups": listing.inner(state, uses.groups(rows, state))} if state.group else {}
    context |= grouped or page_of(request, rows, state, known)
    if request.htmx.target == "list" and not request.htmx.history_restore_request:
        response = render(request, "playbooks/part.html", context)
        response["HX-Push-Url"] = listing.address(SITE, state)
        return response
    return render(request, "playbooks/list.html", context)


def frame(request: PageRequest, state: State, known: Sums) -> dict[str, Any]:
    """What stands around the rows."""
    currency = handbook.pack().handbook.currency
    return {
        **listing.frame(SITE, state, accounts.names(state.people()), known.totals, currency),
        "known": known,
        "currency": currency,
        "may": {name: visible.may(request.user, capability) for name, capability in RIGHTS.items()},
        "is_as_of": False,  # the list is always of today
    }


def page_of(request: PageRequest, rows: QuerySet[PlaybookUse], state: State, known: Sums) -> dict[str, Any]:
    """One page of rows with their cells, and its pager."""
    page = uses.page(rows, state, known)
    look = Look(request.today, handbook.pack().handbook.currency)
    shown = [state.columns[key] for key in state.shown]
    lines = [playbooks_cells.line(row, shown, look) for row in page.rows]
    return {"page": page, "lines": lines, "pager": listing.pager(SITE, state, page, known.count)}


@needs(VIEW)
@require_GET
def tabs(request: PageRequest) -> HttpResponse:
    """The views in the page bar with their counts, one query for all of them."""
    saved = list(saved_views.of(request.user, SITE.page))
    found = listing.tabs(SITE, state_of(request.GET), presets(request.user), saved, request.user)[: listing.TABS]
    states = [state_of(QueryDict(tab.url.partition("?")[2])) for tab in found]
    counts = uses.counts(request.user, states, request.today)
    return render(request, "lists/tabs.html", {"site": SITE, "view_tabs": list(zip(found, counts, strict=True))})


@needs(VIEW)
@require_GET
def rows(request: PageRequest) -> HttpResponse:
    """The first rows of a group."""
    state = state_of(request.GET)
    found = uses.matching(request.user, state, request.today)
    known = uses.sums(found, request.user, state, request.today)
    context = frame(request, state, known) | page_of(request, found, state, known) | {"in_group": True}
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
        form["choices"] = uses.people(form["column"])
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
    found = uses.matching(request.user, state, request.today)
    if (chosen := listing.numbers(given.getlist("id"))) and not given.get("all"):
        found = found.filter(pk__in=chosen)
    form = "xlsx" if given.get("form") == "xlsx" else "csv"
    what = {"rows": found.count(), "query": state.query(), "form": form, "columns": list(state.shown)}
    exporting.record("playbook", what, actor=request.user, at=timezone.now())
    return _file(found, state, form, f"playbooks-{request.today.isoformat()}.{form}")


def _file(found: QuerySet[PlaybookUse], state: State, form: str, name: str) -> HttpResponse:
    currency = handbook.pack().handbook.currency
    shown = [exports.titled(state.columns[key], currency) for key in state.shown]
    columns = [replace(column, field=uses.FILES.get(column.key, column.field)) for column in shown]
    ordered, names = uses.everything(found, state), accounts.every_name(columns)
    if form == "xlsx":
        book = exports.as_xlsx(ordered, columns, names, "Playbooks")
        return cast("HttpResponse", FileResponse(book, as_attachment=True, filename=name))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    pieces = exports.as_csv(ordered, columns, names)
    return cast("HttpResponse", StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers))
