"""The coverage report: services by tier, narrowed like a list of accounts; every figure leads to its accounts."""

from typing import Any
from urllib.parse import quote

from django.http import HttpResponse, QueryDict
from django.views.decorators.http import require_GET

from tenure.models import User
from tenure.queries import accounts, coverage, handbook, lists, saved_views, visible
from tenure.queries.coverage import Cell, Line, Report
from tenure.queries.lists import State
from tenure.views import entitlements, listing, listpages
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
    mine, team = Preset("Mine", "f=tam:me%7Cowner:me"), Preset("My team", "f=tam:team")
    return [Preset("All", ""), *listpages.own(user, mine, team), *PRESETS]


@needs(VIEW)
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """The report; a plain address opens the reader's default view. htmx gets the part that changes."""
    saved = list(saved_views.of(request.user, SITE.page))
    if elsewhere := listpages.default(request, SITE, saved):
        return elsewhere
    state = state_of(request.GET)
    found = coverage.report(request.user, state, handbook.pack(), request.today)
    context = _frame(request, state, found) | listing.views(SITE, state, presets(request.user), saved, request.user)
    return listpages.answer(request, SITE, state, context)


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
    return listpages.tabs(
        request,
        SITE,
        state_of(request.GET),
        presets(request.user),
        state_of,
        lambda states: accounts.counts(request.user, states, request.today),
    )


@needs(VIEW)
@require_GET
def filter_(request: PageRequest) -> HttpResponse:
    """The form of one condition, or the columns to choose from."""
    return listpages.condition(request, SITE, listpages.carried(request, state_of), accounts.people)


@needs(VIEW)
@require_GET
def adjust(request: PageRequest) -> HttpResponse:
    """The report after one of its filters."""
    return listpages.adjust(request, SITE, listpages.carried(request, state_of))


@needs(EXPORT)
@require_GET
def export(request: PageRequest) -> HttpResponse:
    """The report as CSV or XLSX: a line for each service and tier."""
    state = state_of(request.GET)
    rows = coverage.rows_of(coverage.report(request.user, state, handbook.pack(), request.today))
    said, name = {"rows": len(rows), "query": state.query()}, f"services-{request.today.isoformat()}"
    return listpages.file(request, "services", name, rows, coverage.FILE, {}, "Services", said)
