"""The cockpit: the page as a list, its parts, the forms that change what it shows, its files, and the arithmetic of a rank."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tenure.actions import exports as exporting
from tenure.models import CallToAction
from tenure.queries import accounts, cockpit, exports, handbook, lists, ranking, saved_views
from tenure.queries.lists import State
from tenure.views import cockpit_cells, cockpit_site, listing
from tenure.views.cockpit_site import SITE, VIEW, presets, state_of
from tenure.views.shell import PageRequest, needs

MENUS = ("sorts", "chooser", "groups")


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
    saved = list(saved_views.of(request.user, SITE.page))
    found = listing.tabs(site, state_of(request.GET), presets(request.user), saved, request.user)[: listing.TABS]
    states = [state_of(QueryDict(tab.url.partition("?")[2])) for tab in found]
    counts = cockpit.tab_counts(request.user, states, request.today)
    return render(request, "lists/tabs.html", {"site": site, "view_tabs": list(zip(found, counts, strict=True))})


@needs(VIEW)
@require_GET
def filter_(request: PageRequest, layout: str) -> HttpResponse:
    """The form of one condition, or the columns to choose from."""
    state = state_of(QueryDict(request.GET.get("state", "")))
    form = listing.filter_form(state, request.GET)
    form |= {"site": cockpit_site.layout(layout), "state": state.query(), "to": request.GET.get("to", "")}
    if "column" not in form:
        return render(request, "lists/columns.html", form | {"columns": state.columns.values()})
    if form["column"].kind == "person":
        form["choices"] = cockpit.people(form["column"])
    return render(request, "lists/condition.html", form)


@needs(VIEW)
@require_GET
def menu(request: PageRequest, layout: str) -> HttpResponse:
    """The menu of sorts, columns or groups."""
    part = request.GET.get("of", "")
    state, site = state_of(QueryDict(request.GET.get("state", ""))), cockpit_site.layout(layout)
    context = listing.menu(site, state) | {"group_links": cockpit_site.group_links(site, state)}
    return render(request, f"lists/{part if part in MENUS else MENUS[0]}.html", context)


@needs(VIEW)
@require_GET
def adjust(request: PageRequest, layout: str) -> HttpResponse:
    """The cockpit after one of its forms: a filter, sorts, columns."""
    state = listing.adjusted(state_of(QueryDict(request.GET.get("state", ""))), request.GET)
    query = "&".join([state.query() or "view=all", *map(lists.unreadable, state.ignored)])
    return redirect(cockpit_site.layout(layout).url("list", query))


@needs("account.export")
@require_GET
def export(request: PageRequest) -> HttpResponse:
    """Every matching CTA as CSV or XLSX, with the shown columns; ``id`` limits it to chosen rows."""
    given = request.GET
    state = cockpit_site.kept(given) if "query" in given else state_of(given)
    found = cockpit.matching(request.user, state, request.today)
    if (chosen := listing.numbers(given.getlist("id"))) and not given.get("all"):
        found = found.filter(pk__in=chosen)
    form = "xlsx" if given.get("form") == "xlsx" else "csv"
    what = {"rows": found.count(), "query": state.query(), "form": form, "columns": list(state.shown)}
    exporting.record("cta", what, actor=request.user, at=timezone.now())
    return _file(cockpit.everything(found, state, request.today), state, form, f"cockpit-{request.today.isoformat()}.{form}")


def _file(ordered: QuerySet[CallToAction], state: State, form: str, name: str) -> HttpResponse:
    pack = handbook.pack()
    columns = [cockpit_cells.filed(exports.titled(state.columns[key], pack.handbook.currency)) for key in state.shown]
    names = accounts.every_name(columns)
    if form == "xlsx":
        book = exports.as_xlsx(ordered, columns, names, "Cockpit")
        return cast("HttpResponse", FileResponse(book, as_attachment=True, filename=name))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    pieces = exports.as_csv(ordered, columns, names)
    return cast("HttpResponse", StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers))


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
