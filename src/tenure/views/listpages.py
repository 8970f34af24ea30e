"""What the routes of every list answer alike: its default view, the part that changes, its tabs, its forms and its files. A list's own module
says what its state, its rows and its cells are."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from django.http import FileResponse, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from tenure.actions import exports as exporting
from tenure.models import SavedView, User
from tenure.queries import exports, lists, saved_views, visible
from tenure.queries.lists import Column, State
from tenure.views import listing
from tenure.views.listing import Preset, Site
from tenure.views.shell import PageRequest

MENUS = ("sorts", "chooser", "groups")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
StateOf = Callable[[QueryDict], State]


def own(user: User, mine: Preset, team: Preset) -> list[Preset]:
    """Of the views of one's own and one's team's rows the one that makes sense for the reader, if any does."""
    reach = {role.sees for role in visible.roles_of(user)}
    return [mine] if "own_and_territory" in reach else [team] if "team" in reach else []


def default(request: PageRequest, site: Site, saved: Sequence[SavedView]) -> HttpResponse | None:
    """Where a plain address leads: to the reader's default view, if there is one."""
    view = None if request.GET else saved_views.default(saved, request.user)
    return redirect(site.url("list", f"view={view.pk}&{view.query}")) if view else None


def answer(request: PageRequest, site: Site, state: State, context: dict[str, Any]) -> HttpResponse:
    """The page, or for htmx the part of it that changes."""
    if request.htmx.target != "list" or request.htmx.history_restore_request:
        return render(request, f"{site.page}/list.html", context)
    response = render(request, f"{site.page}/part.html", context)
    response["HX-Push-Url"] = listing.address(site, state)
    return response


def tabs(
    request: PageRequest,
    site: Site,
    state: State,
    presets: Sequence[Preset],
    read: StateOf,
    count: Callable[[list[State]], list[int]],
) -> HttpResponse:
    """The views in the page bar with their counts: asked for once the page is there, one query for all of them."""
    saved = list(saved_views.of(request.user, site.page))
    found = listing.tabs(site, state, presets, saved, request.user)[: listing.TABS]
    counts = count([read(QueryDict(tab.url.partition("?")[2])) for tab in found])
    return render(request, "lists/tabs.html", {"site": site, "view_tabs": list(zip(found, counts, strict=True))})


def carried(request: PageRequest, read: StateOf) -> State:
    """The state that a form or menu carries along."""
    return read(QueryDict(request.GET.get("state", "")))


def condition(
    request: PageRequest, site: Site, state: State, people: Callable[[Column], Sequence[tuple[str, str]]]
) -> HttpResponse:
    """The form of one condition, or the columns to choose from."""
    form = listing.filter_form(state, request.GET) | {"site": site, "state": state.query(), "to": request.GET.get("to", "")}
    if "column" not in form:
        return render(request, "lists/columns.html", form | {"columns": state.columns.values()})
    if form["column"].kind == "person":
        form["choices"] = people(form["column"])
    return render(request, "lists/condition.html", form)


def menu(request: PageRequest, site: Site, state: State, **more: Any) -> HttpResponse:
    """The menu of sorts, columns or groups."""
    part = request.GET.get("of", "")
    return render(request, f"lists/{part if part in MENUS else MENUS[0]}.html", listing.menu(site, state) | more)


def adjust(request: PageRequest, site: Site, state: State) -> HttpResponse:
    """The list after one of its forms: a filter, sorts, columns."""
    changed = listing.adjusted(state, request.GET)
    return redirect(site.url("list", "&".join([changed.query() or "view=all", *map(lists.unreadable, changed.ignored)])))


def exported(request: PageRequest, read: StateOf) -> tuple[State, list[int]]:
    """The state of the rows that a file is asked for, and the ids of the chosen ones; none = all that match."""
    given = request.GET
    state = read(QueryDict(given["query"]) if "query" in given else given)
    return state, [] if given.get("all") else listing.numbers(given.getlist("id"))


def file(
    request: PageRequest,
    noun: str,
    name: str,
    rows: Any,
    columns: Sequence[Column],
    names: Mapping[str, str],
    title: str,
    said: dict[str, Any],
) -> HttpResponse:
    """The rows as CSV or XLSX. The log keeps who took what: ``said``. ``name`` is without its ending."""
    form = "xlsx" if request.GET.get("form") == "xlsx" else "csv"
    exporting.record(noun, {**said, "form": form}, actor=request.user, at=timezone.now())
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    if form == "xlsx":
        book = exports.as_xlsx(rows, columns, names, title)
        return cast("HttpResponse", FileResponse(book, content_type=XLSX, headers=headers))
    pieces = exports.as_csv(rows, columns, names)
    return cast("HttpResponse", StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers))
