"""Where onboardings live: as a list, a board and the times they took, which keep each other's filters, and the views that everybody has."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from tenure.models import User
from tenure.queries import accounts, handbook, lists, onboardings_days, onboardings_list, visible
from tenure.queries.lists import State
from tenure.queries.onboardings import EDIT, VIEW
from tenure.views import listing
from tenure.views.listing import Preset, Site
from tenure.views.shell import PageRequest

__all__ = ["EDIT", "LAYOUTS", "SITE", "VIEW"]
OF_LAYOUT = ("filter", "menu", "tabs", "adjust")  # routes that answer for the layout which asks
CHANGED, RELOAD = "tenure:onboarding-changed", "tenure:onboarding-reload"  # events: for lists, and for an open drawer
RIGHTS = {"edit": EDIT, "export": "account.export", "share": "view.share"}


@dataclass(frozen=True)
class Layout(Site):
    """Onboardings in one of their forms: what leads to "the list" leads to this one."""

    layout: str = "list"
    label: str = ""
    icon: str = ""

    def url(self, verb: str, query: str = "") -> str:
        """The address of one of the routes."""
        name = self.layout if verb == "list" else verb
        address = reverse(f"onboardings:{name}", kwargs={"layout": self.layout} if verb in OF_LAYOUT else {})
        return f"{address}?{query}" if query else address


LAYOUTS = {
    one.layout: one
    for one in (
        Layout("onboardings", "onboarding", "onboardings", "list", "List", "list"),
        Layout("onboardings", "onboarding", "onboardings", "board", "Board", "layout-kanban"),
        Layout("onboardings", "onboarding", "onboardings", "times", "Times", "chart-bar"),
    )
}
SITE = LAYOUTS["list"]


def layout(name: str) -> Layout:
    """A layout by name; 404 for what is none."""
    if name not in LAYOUTS:
        raise Http404
    return LAYOUTS[name]


def state_of(params: QueryDict, today: date) -> State:
    """The state from a query string. Onboardings know no other day than today."""
    found = lists.read(listing.pairs(params), onboardings_list.columns(handbook.pack(), today), onboardings_list.DEFAULTS)
    return replace(found, as_of=None)


def presets(user: User, today: date) -> list[Preset]:
    """The views that everybody has, as far as they make sense for the reader. The first is how the list opens."""
    first, last = onboardings_days.quarter_span(today, handbook.pack().handbook.fiscal_year_start)
    reach = {role.sees for role in visible.roles_of(user)}
    mine, team = Preset("Mine", "f=owner:me&f=open:yes"), Preset("My team", "f=owner:team&f=open:yes")
    own = [mine] if "own_and_territory" in reach else [team, mine] if "team" in reach else []
    return [
        *own, Preset("Open", "f=open:yes"), Preset("Unassigned", "f=owner:empty&f=open:yes"), Preset("Behind", "f=track:is:behind"),
        Preset("Stuck", "f=track:is:stuck"), Preset("New business", "f=cause:is:closed_won"), Preset("Completed this quarter", f"f=open:no&f=finish:between:{first}..{last}&sort=-finish"),
        Preset("All", ""),
    ]  # fmt: skip


def frame(request: PageRequest, site: Layout, state: State, count: int) -> dict[str, Any]:
    """What stands around the onboardings in every layout."""
    currency, words = handbook.pack().handbook.currency, state.change(group="").query() or "view=all"
    return {
        **listing.frame(site, state, accounts.names(state.people()), {}, currency),
        "known": {"count": count, "of": count},
        "currency": currency,
        "may": {name: visible.may(request.user, capability) for name, capability in RIGHTS.items()},
        "layouts": [(one, one.url("list", words)) for one in LAYOUTS.values()],
        "layout": site.layout,
        "is_as_of": False,  # always of today
    }


def answer(request: PageRequest, site: Layout, state: State, context: dict[str, Any], more: str = "") -> HttpResponse:
    """The page of a layout, or for htmx the part that changes; asked again after a change, it is no new place to go back to."""
    here = "&".join(part for part in (site.url("list", state.query() or "view=all"), more) if part)
    if request.htmx.target != "list" or request.htmx.history_restore_request:
        return render(request, f"onboardings/{site.layout}.html", {**context, "here": here})
    response = render(request, "onboardings/part.html", {**context, "here": here})
    if request.htmx.trigger != "ob-again":
        response["HX-Push-Url"] = here
    return response


def changed() -> HttpResponse:
    """Nothing to show: a dialog closes, lists and an open drawer show themselves anew."""
    return HttpResponse("", headers={"HX-Trigger": f"{CHANGED}, {RELOAD}"})
