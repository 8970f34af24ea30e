"""The list of projects: its views and what it is made of; its routes are those of every list. And mending many at once."""

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from tenure.actions import projects as actions
from tenure.actions import projects_mending
from tenure.actions.refusals import Refused
from tenure.models import Project, User
from tenure.queries import projects, projects_list
from tenure.views import listing, listpages, projects_cells
from tenure.views.listing import Preset, Site
from tenure.views.listroutes import ListPage
from tenure.views.projects_site import read_undo, today
from tenure.views.shell import PageRequest, needs

EDIT = projects.EDIT
MINE, TEAM = Preset("Mine", "f=owner:me&f=state:is:opened"), Preset("My team", "f=owner:team&f=state:is:opened")
PRESETS = [
    Preset("Open", "f=state:is:opened"), Preset("Pre-sales", "f=phase:is:pre_sales&f=state:is:opened"), Preset("Differ from the template", "f=differs:gt:0&f=state:is:opened"),
]  # fmt: skip
MOST = 100  # projects mended at once
SALT = "projects-unmend"  # of what is mended in many: its tokens say other things than those of one project


def presets(user: User) -> list[Preset]:
    """The views that everybody has, as far as they make sense for the reader."""
    return [Preset("All", ""), *listpages.own(user, MINE, TEAM), *PRESETS]


LIST = ListPage(
    Site("projects", "project", "projects"), projects.VIEW, projects_list, projects_cells.line, "projects", "Projects", presets=presets,
    rights={"mend": EDIT},
)  # fmt: skip
state_of = LIST.state_of
list_, rows, tabs, filter_, menu, adjust, export = LIST.routes(__name__)


@needs(EDIT)
@require_POST
def mend_many(request: PageRequest) -> HttpResponse:
    """Mend what can be in those that were chosen; it can be taken back. Refused for more than ``MOST``."""
    found = _chosen(request)
    if len(found) > MOST:
        messages.error(request, f"At most {MOST} at once: choose fewer, or narrow the list first.")
        return redirect(_list(request))
    kept, left = [], 0
    for row in found:
        try:
            events, rest = projects_mending.mend(row, None, **today(request))
            kept += [[row.pk, events]] if events else []
            left += bool(rest)
        except Refused:
            left += 1
    token = signing.dumps([kept, _list(request)], salt=SALT, compress=True)
    words = f"{len(kept)} mended." + (f" {left} need{'s' if left == 1 else ''} a person." if left else "")
    messages.success(request, words, extra_tags=reverse("projects:unmend_many", args=[token]) if kept else "")
    return redirect(_list(request))


@needs(EDIT)
@require_POST
def unmend_many(request: PageRequest, token: str) -> HttpResponse:
    """Take back what ``mend_many`` did, where nobody has changed it since."""
    kept, back = read_undo(token, SALT)
    done = 0
    for pk, events in kept:
        row = projects.one(request.user, pk)
        try:
            actions.undo(row, events, **today(request)) if row else None
            done += row is not None
        except Refused:
            continue
    left = len(kept) - done
    since = f"{left} {'has' if left == 1 else 'have'} been changed since." if left else ""
    messages.success(request, f"{done} as before. {since}".strip() if done else f"Nothing was taken back: {since}")
    return redirect(back)


def _chosen(request: PageRequest) -> list[Project]:
    """The ticked rows, or every row that the list holds."""
    state = state_of(QueryDict(request.POST.get("query", "")))
    found = (
        projects_list.matching(request.user, state, request.today)
        if request.POST.get("all")
        else projects_list.rows(request.user)
    )
    chosen = found if request.POST.get("all") else found.filter(pk__in=listing.numbers(request.POST.getlist("id")))
    return list(chosen.order_by("pk")[: MOST + 1])


def _list(request: PageRequest) -> str:
    query = request.POST.get("query", "")
    return reverse("projects:list") + (f"?{query}" if query else "?view=all")
