"""The cockpit: the page as a list, its parts, the forms that change what it shows, its files, and the arithmetic of a rank."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from tenure.models import CallToAction
from tenure.queries import accounts, cockpit, exports, handbook, ranking, saved_views
from tenure.queries.lists import State
from tenure.views import cockpit_cells, cockpit_site, listing, listpages
from tenure.views.cockpit_site import SITE, VIEW, presets, state_of
from tenure.views.shell import PageRequest, needs


@needs(VIEW)
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """The list; a plain address opens the reader's default view, or their own work. htmx gets the part that changes."""
    saved = list(saved_views.of(request.user, SITE.page))
    if not request.GET:
        view = saved_views.default(saved, request.user)
        return redirect(SITE.url("list", f"view={view.pk}&{view.query}" if view else presets(request.user)[0].query))
    state = state_of(request.GET)
    found = cockpit.matching(request.user, state, request.today)
    known = cockpit.counts(found, state)
    context = cockpit_site.frame(request, SITE, state, known.count)
    context |= listing.views(SITE, state, presets(request.user), saved, request.user)
    context |= _page(request, found, state, known)
    return cockpit_site.answer(request, SITE, state, context)


def _page(request: PageRequest, found: QuerySet[CallToAction], state: State, known: cockpit.Counts) -> dict[str, Any]:
    """One page of rows in their groups, and its pager."""
    page = cockpit.page(found, state, known, request.today)
    look = cockpit_cells.Look(request.today, handbook.pack())
    shown = [state.columns[key] for key in state.shown]
    groups = [
        (group, [cockpit_cells.line(row, shown, look) for row in group.rows], _only(state, group))
        for group in cockpit.grouped(found, page.rows, state, known)
    ]
    return {"page": page, "groups": groups, "pager": listing.pager(SITE, state, page, known.count)}


def _only(state: State, group: cockpit.Group) -> str:
    """The address of the list with just this group; blank where no filter says it."""
    return listing.address(SITE, state.change(group="", filters=(*state.filters, (group.only,)))) if group.only else ""


@needs(VIEW)
@require_GET
def tabs(request: PageRequest, layout: str) -> HttpResponse:
    """The views in the page bar with their counts: asked for once the page is there, one query for all of them."""
    site = cockpit_site.layout(layout)
    return listpages.tabs(
        request,
        site,
        state_of(request.GET),
        presets(request.user),
        state_of,
        lambda states: cockpit.tab_counts(request.user, states, request.today),
    )


@needs(VIEW)
@require_GET
def filter_(request: PageRequest, layout: str) -> HttpResponse:
    """The form of one condition, or the columns to choose from."""
    return listpages.condition(request, cockpit_site.layout(layout), listpages.carried(request, state_of), cockpit.people)


@needs(VIEW)
@require_GET
def menu(request: PageRequest, layout: str) -> HttpResponse:
    """The menu of sorts, columns or groups."""
    state, site = listpages.carried(request, state_of), cockpit_site.layout(layout)
    return listpages.menu(request, site, state, group_links=cockpit_site.group_links(site, state))


@needs(VIEW)
@require_GET
def adjust(request: PageRequest, layout: str) -> HttpResponse:
    """The cockpit after one of its forms: a filter, sorts, columns."""
    return listpages.adjust(request, cockpit_site.layout(layout), listpages.carried(request, state_of))


@needs("account.export")
@require_GET
def export(request: PageRequest) -> HttpResponse:
    """Every matching CTA as CSV or XLSX, with the shown columns; ``id`` limits it to chosen rows."""
    state, chosen = listpages.exported(request, state_of)
    found = cockpit.matching(request.user, state, request.today)
    found = found.filter(pk__in=chosen) if chosen else found
    currency = handbook.pack().handbook.currency
    columns = [cockpit_cells.filed(exports.titled(state.columns[key], currency)) for key in state.shown]
    said = {"rows": found.count(), "query": state.query(), "columns": list(state.shown)}
    rows, names = cockpit.everything(found, state, request.today), accounts.every_name(columns)
    return listpages.file(request, "cta", f"cockpit-{request.today.isoformat()}", rows, columns, names, "Cockpit", said)


@needs(VIEW)
@require_GET
def rank(request: PageRequest, pk: int) -> HttpResponse:
    """The arithmetic of a rank: each fact, the band that holds, its points, the sum."""
    row = cockpit.one(request.user, pk)
    if row is None:
        raise Http404
    found, pack = ranking.of(row, request.today), handbook.pack()
    lines = [(one, cockpit_cells.fact(one, pack), cockpit_cells.band(one)) for one in found.terms]
    return render(request, "cockpit/rank.html", {"row": row, "rank": found, "lines": lines})


KEYS = [
    ("Move", [(("j", "k"), "Next, previous"), (("Enter",), "Open beside the list"), (("Esc",), "Close, back to the list"), (("/",), "Search")]),
    (
        "Work on what is selected, else on the line that you are on",
        [
            (("x",), "Select"), (("s",), "Snooze"), (("c",), "Close with an outcome"), (("a",), "Assign"), (("d",), "Due date"),
            (("p",), "Apply a playbook"), (("w",), "Why this rank"),
        ],
    ),
    (
        "Board and calendar",
        [(("←", "→", "↑", "↓"), "Move between cards or days"), (("Space",), "Take a card, put it down"), (("Esc",), "Leave it where it was")],
    ),
    ("Anywhere", [(("n",), "New CTA"), (("Ctrl K",), "Search or jump to"), (("?",), "This list")]),
]  # fmt: skip


@needs(VIEW)
@require_GET
def keys(request: PageRequest) -> HttpResponse:
    """The keys of the cockpit."""
    return render(request, "cockpit/keys.html", {"groups": KEYS})
