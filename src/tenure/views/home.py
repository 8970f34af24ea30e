"""Where one lands: the team's page, one's own book, the portfolio, or what comes next."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from tenure.models import AccountSummary
from tenure.queries import cockpit, handbook, home, home_deals, onboardings_home, visible
from tenure.views import days
from tenure.views.shell import PageRequest

PAGES = {"team": home.team, "book": home.book, "deals": home.book, "portfolio": home.portfolio}


def show(request: PageRequest) -> HttpResponse:
    """The home page of the user's main role, on the day that is asked for."""
    kind = _kind(request)
    if kind in PAGES:
        return _shown(request, kind)
    if request.is_as_of:  # where there is nothing to see, there is no other day of it
        return redirect("home:show")
    return render(request, f"home/{kind}.html", {"kind": kind, "may_import": visible.may(request.user, "import.run")})


@days.on_its_day
def _shown(request: PageRequest, kind: str) -> HttpResponse:
    pack = handbook.pack()
    found = PAGES[kind](request.user, request.as_of, pack, days.built(request))
    context = {
        "kind": kind,
        "currency": pack.handbook.currency,
        "home": found,
        "work": _work(request, kind),
        "may_hand": visible.may(request.user, "handover.view"),
        "onboard": _onboard(request, kind),
        "deals": home_deals.of(request.user, request.today, pack) if kind == "deals" and not request.is_as_of else None,
    }
    return render(request, f"home/{kind}.html", context)


def _work(request: PageRequest, kind: str) -> int | None:
    """How much of one's own work, or the team's, is due today or late; None where one has none to see."""
    if request.is_as_of or kind == "portfolio" or not visible.may(request.user, "cta.view"):
        return None
    return cockpit.today_count(request.user, request.today, team=kind == "team")


def _onboard(request: PageRequest, kind: str) -> onboardings_home.Card | None:
    """How one's own onboardings, or the team's, stand today."""
    if request.is_as_of or kind == "portfolio":
        return None
    return onboardings_home.card(request.user, of_team=kind == "team")


def _kind(request: PageRequest) -> str:
    """Which page: by what the main role sees and may do. Nothing is shown of a company without accounts."""
    roles = visible.roles_of(request.user)
    if not roles or "account.view" not in roles[0].may:
        return "nothing"
    if not AccountSummary.objects.filter(deleted=False).exists():
        return "empty"
    reach = {"team": "team", "own_and_territory": "deals" if roles[0].landing == "deals" else "book"}
    return reach.get(roles[0].sees, "portfolio")


def back(request: PageRequest, text: str, undo: str = "") -> HttpResponse:
    """The team's page again after something was done on it, with a toast: only its body for htmx."""
    messages.success(request, text, extra_tags=undo)
    if not request.htmx:
        return redirect("home:show")
    data = {
        "home": home.team(request.user, request.today, handbook.pack()),
        "currency": handbook.pack().handbook.currency,
        "may_hand": visible.may(request.user, "handover.view"),
    }
    data |= {"onboard": _onboard(request, "team")}
    return render(request, "home/team_part.html", data)
