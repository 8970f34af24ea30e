"""Where the cockpit lives: its three layouts, which keep each other's filters, and the views that everybody has."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from tenure.models import User
from tenure.queries import accounts, cockpit, handbook, lists, visible
from tenure.queries.lists import State
from tenure.views import listing
from tenure.views.listing import Preset, Site
from tenure.views.shell import PageRequest

VIEW, EDIT = "cta.view", "cta.edit"
OF_LAYOUT = ("filter", "menu", "tabs", "adjust")  # routes that answer for the layout which asks
MINE, TEAM = Preset("Mine", "f=owner:me"), Preset("My team", "f=owner:team&cols=title,account,owner,tasks,rank,due")
UNOWNED, ALL = Preset("Without an owner", "f=owner:empty"), Preset("All", "cols=title,account,owner,tasks,rank,due")
OF_MINE = [
    Preset("Risk", "f=owner:me&f=type:any:risk"),
    Preset("Waits for others", "f=owner:me&f=waiting:yes"),
    Preset("Snoozed", "f=owner:me&f=snoozed:filled&cols=title,account,snoozed,rank,due"),
]
FLAT = (("rank", True), ("due", False))  # unlike the list as it opens, which is grouped by due day
RIGHTS = {"edit": EDIT, "assign": "cta.assign", "apply": "playbook.apply", "export": "account.export", "share": "view.share"}


@dataclass(frozen=True)
class Layout(Site):
    """The cockpit as a list, a board or a calendar: what leads to "the list" leads to this layout."""

    layout: str = "list"
    label: str = ""
    icon: str = ""

    def url(self, verb: str, query: str = "") -> str:
        """The address of one of the cockpit's routes."""
        name = self.layout if verb == "list" else verb
        address = reverse(f"cockpit:{name}", kwargs={"layout": self.layout} if verb in OF_LAYOUT else {})
        return f"{address}?{query}" if query else address


LAYOUTS = {
    one.layout: one
    for one in (
        Layout("cockpit", "CTA", "CTAs", "list", "List", "list"),
        Layout("cockpit", "CTA", "CTAs", "board", "Board", "layout-kanban"),
        Layout("cockpit", "CTA", "CTAs", "calendar", "Calendar", "calendar"),
    )
}
SITE = LAYOUTS["list"]


def layout(name: str) -> Layout:
    """A layout by name; 404 for what is none."""
    if name not in LAYOUTS:
        raise Http404
    return LAYOUTS[name]


def state_of(params: QueryDict) -> State:
    """The cockpit's state from a query string. It knows no other day than today."""
    found = lists.read(listing.pairs(params), cockpit.columns(handbook.pack()), cockpit.DEFAULTS)
    return replace(found, as_of=None)


def presets(user: User) -> list[Preset]:
    """The views that everybody has, as far as they make sense for the reader. The first is how the cockpit opens."""
    reach = {role.sees for role in visible.roles_of(user)}
    if "own_and_territory" in reach:
        return [MINE, *OF_MINE, UNOWNED, ALL]
    return [TEAM, MINE, UNOWNED, ALL] if "team" in reach else [ALL, MINE, UNOWNED]


def frame(request: PageRequest, site: Layout, state: State, count: int) -> dict[str, Any]:
    """What stands around the CTAs in every layout."""
    pack = handbook.pack()
    names = accounts.names(state.people())
    return {
        **listing.frame(site, state, names, {}, pack.handbook.currency),
        "known": {"count": count, "of": count},
        "currency": pack.handbook.currency,
        "may": {name: visible.may(request.user, capability) for name, capability in RIGHTS.items()},
        "layouts": [(one, one.url("list", state.change(group="").query() or "view=all")) for one in LAYOUTS.values()],
        "layout": site.layout,
    }


def group_links(site: Site, state: State) -> list[tuple[str, str, bool]]:
    """(label, address, current) of what to group by: the due day while the list is sorted by it, and columns."""
    usual = state.change(group="", sorts=state.defaults.sorts)
    columns = [column for column in state.columns.values() if column.groupable and column.key != "due"]
    found = [("Due day", listing.address(site, usual), cockpit.grouping(state) == "due")]
    found += [(one.label, listing.address(site, state.change(group=one.key)), state.group == one.key) for one in columns]
    flat = state.change(group="", sorts=FLAT)
    return [*found, ("Nothing, by rank", listing.address(site, flat), not cockpit.grouping(state))]


def kept(given: QueryDict) -> State:
    """The state that a form carries in its field ``query``."""
    return state_of(QueryDict(given.get("query", "")))


def answer(request: PageRequest, site: Layout, state: State, context: dict[str, Any], more: str = "") -> HttpResponse:
    """The page of a layout, or for htmx the part that changes; asked again after a change, it is no new place to go back to."""
    here = "&".join(part for part in (site.url("list", state.query() or "view=all"), more) if part)
    if request.htmx.target != "list" or request.htmx.history_restore_request:
        return render(request, f"cockpit/{site.layout}.html", {**context, "here": here})
    response = render(request, "cockpit/part.html", {**context, "here": here})
    if request.htmx.trigger != "ck-again":
        response["HX-Push-Url"] = here
    return response
