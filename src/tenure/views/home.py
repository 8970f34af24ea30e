"""Where one lands: the team's page, one's own book, the portfolio, or what comes next."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from tenure.models import AccountSummary
from tenure.queries import handbook, home, visible
from tenure.views.shell import PageRequest


def show(request: PageRequest) -> HttpResponse:
    """The home page of the user's main role."""
    if request.is_as_of:  # what waits, waits today
        return redirect("home:show")
    kind = _kind(request)
    context = {"kind": kind, "currency": handbook.pack().handbook.currency, "may_import": visible.may(request.user, "import.run")}
    return render(request, f"home/{kind}.html", context | _data(request, kind))


def _kind(request: PageRequest) -> str:
    """Which page: by what the main role sees and may do. Nothing is shown of a company without accounts."""
    roles = visible.roles_of(request.user)
    if not roles or "account.view" not in roles[0].may:
        return "nothing"
    if not AccountSummary.objects.filter(deleted=False).exists():
        return "empty"
    reach = {"team": "team", "own_and_territory": "book"}
    return reach.get(roles[0].sees, "portfolio")


def _data(request: PageRequest, kind: str) -> dict[str, object]:
    pages = {"team": home.team, "book": home.book, "portfolio": home.portfolio}
    return {"home": pages[kind](request.user, request.today, handbook.pack())} if kind in pages else {}


def back(request: PageRequest, text: str, undo: str = "") -> HttpResponse:
    """The team's page again after something was done on it, with a toast: only its body for htmx."""
    messages.success(request, text, extra_tags=undo)
    if not request.htmx:
        return redirect("home:show")
    data = {"home": home.team(request.user, request.today, handbook.pack()), "currency": handbook.pack().handbook.currency}
    return render(request, "home/team_part.html", data)
