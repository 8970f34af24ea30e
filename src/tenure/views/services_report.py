"""The coverage report: services by tier, narrowed like a list of accounts; every figure leads to its accounts."""

from typing import Any, cast
from urllib.parse import quote

from django.http import FileResponse, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tenure.actions import exports as exporting
from tenure.models import User
from tenure.queries import accounts, coverage, exports, handbook, lists, saved_views, visible
from tenure.queries.coverage import Cell, Line, Report
from tenure.queries.lists import State
from tenure.views import entitlements, listing
from tenure.views.listing import Preset, Site
from tenure.views.shell import PageRequest, needs

VIEW, EXPORT = "report.view", "account.export"
SITE = Site("services", "account", "accounts")
PRESETS = [Preset("Renewing in 90 days", "f=renewal:next:90")]


def state_of(params: QueryDict) -> State:
    """The report's state from a query string."""
    return lists.read(listing.pairs(params), coverage.columns(handbook.pack()), coverage.DEFAULTS)


def presets(user: User) -> list[Preset]:
    """The views that everybody has, as far as they make sense for the reader."""
    reach = {role.sees for role in visible.roles_of(user)}
    mine, team = Preset("Mine", "f=tam:me%7Cowner:me"), Preset("My team", "f=tam:team")
    return [Preset("All", ""), *([mine] if "own_and_territory" in reach else [team] if "team" in reach else []), *PRESETS]


@needs(VIEW)
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """The report; a plain address opens the reader's default view. htmx gets the part that changes."""
    saved = list(saved_views.of(request.user, SITE.page))
    if not request.GET and (view := saved_views.default(saved, request.user)):
        return redirect(SITE.url("list", f"view={view.pk}&{view.query}"))
    state = state_of(request.GET)
    found = coverage.report(request.user, state, handbook.pack(), request.today)
    context = _frame(request, state, found) | listing.views(SITE, state, presets(request.user), saved, request.user)
    if request.htmx.target == "list" and not request.htmx.history_restore_request:
        response = render(request, "services/part.html", context)
        response["HX-Push-Url"] = listing.address(SITE, state)
        return response
    return render(request, "services/list.html", context)


def _frame(request: PageRequest, state: State, found: Report) -> dict[str, Any]:
    currency = handbook.pack().handbook.currency
    return {
        **listing.frame(SITE, state, accounts.names(state.people()), {}, currency),
        "report": found, "groups": [(title, [_shown(line, found, state) for line in lines]) for title, lines in found.groups],
        "may": {"export": visible.may(request.user, EXPORT), "share": visible.may(request.user, "view.share")}, "is_as_of": False,
    }  # fmt: skip


def _shown(line: Line, found: Report, state: State) -> dict[str, Any]:
    """A line with the address of the accounts behind each of its figures."""
    own = [state.plain()] if state.plain() else []

    def cell(one: Cell, *more: str) -> dict[str, Any]:
        base = "&".join([f"f=service:is:{line.service.key}", *own, *more])
        return {"n": one, "url": entitlements.SITE.url("list", base)}

    tiers = [f"f=tier:is:{quote(word)}" if word else "f=tier:empty" for word, _ in found.tiers]
    cells = [cell(one, tier) for one, tier in zip(line.cells, tiers, strict=True)]
    return {"line": line, "cells": cells, "total": cell(line.total)}


@needs(VIEW)
@require_GET
def tabs(request: PageRequest) -> HttpResponse:
    """The views in the page bar with how many accounts each is about."""
    saved = list(saved_views.of(request.user, SITE.page))
    found = listing.tabs(SITE, state_of(request.GET), presets(request.user), saved, request.user)[: listing.TABS]
    states = [state_of(QueryDict(tab.url.partition("?")[2])) for tab in found]
    counts = accounts.counts(request.user, states, request.today)
    return render(request, "lists/tabs.html", {"site": SITE, "view_tabs": list(zip(found, counts, strict=True))})


@needs(VIEW)
@require_GET
def filter_(request: PageRequest) -> HttpResponse:
    """The form of one condition, or the columns to choose from."""
    state = state_of(QueryDict(request.GET.get("state", "")))
    form = listing.filter_form(state, request.GET) | {"site": SITE, "state": state.query(), "to": request.GET.get("to", "")}
    if "column" not in form:
        return render(request, "lists/columns.html", form | {"columns": state.columns.values()})
    if form["column"].kind == "person":
        form["choices"] = accounts.people(form["column"])
    return render(request, "lists/condition.html", form)


@needs(VIEW)
@require_GET
def adjust(request: PageRequest) -> HttpResponse:
    """The report after one of its filters."""
    state = listing.adjusted(state_of(QueryDict(request.GET.get("state", ""))), request.GET)
    return redirect(SITE.url("list", "&".join([state.query() or "view=all", *map(lists.unreadable, state.ignored)])))


@needs(EXPORT)
@require_GET
def export(request: PageRequest) -> HttpResponse:
    """The report as CSV or XLSX: a line for each service and tier."""
    state = state_of(request.GET)
    rows: Any = coverage.rows_of(coverage.report(request.user, state, handbook.pack(), request.today))
    form = "xlsx" if request.GET.get("form") == "xlsx" else "csv"
    what = {"rows": len(rows), "query": state.query(), "form": form}
    exporting.record("services", what, actor=request.user, at=timezone.now())
    name = f"services-{request.today.isoformat()}.{form}"
    if form == "xlsx":
        book = exports.as_xlsx(rows, coverage.FILE, {}, "Services")
        return cast("HttpResponse", FileResponse(book, as_attachment=True, filename=name))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    pieces = exports.as_csv(rows, coverage.FILE, {})
    return cast("HttpResponse", StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers))
