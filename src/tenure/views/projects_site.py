"""What every page of a project shares: finding it, what the reader may do, the frame of pages and drawers, undo."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone

from tenure.actions.refusals import Refused
from tenure.models import Project
from tenure.queries import projects, projects_tally
from tenure.queries.projects import Rights
from tenure.views import drawers
from tenure.views.drawers import done
from tenure.views.shell import PageRequest

SALT = "project-undo"
CHANGED = "tenure:project-changed"
TABS = {
    "show": "Overview", "issues": "Issues", "board": "Board", "milestones": "Milestones", "labels": "Labels", "people": "People", "check": "Template",
}  # fmt: skip


@dataclass(frozen=True)
class Here:
    """The project of a page, and what the reader may do in it."""

    project: Project
    rights: Rights


def find(request: PageRequest, pk: int) -> Here:
    """The project, if the reader sees it; 404 for everybody else, whether it exists or not."""
    row = projects.one(request.user, pk)
    if row is None:
        raise Http404
    return Here(row, projects.rights(request.user, row))


def editable(request: PageRequest, pk: int, right: str = "edit") -> Here:
    """The project, if the reader may: 404 where it isn't seen, 403 where it can only be read."""
    here = find(request, pk)
    if not getattr(here.rights, right):
        raise PermissionDenied
    return here


def frame(here: Here, tab: str) -> dict[str, Any]:
    """What stands around the pages of a project."""
    row = here.project
    progress = projects_tally.progress(row, here.rights.hidden)
    counts = {"issues": progress.opened, "check": row.differs + row.outdated}
    tabs = [
        (key, title, reverse(f"projects:{key}", args=[row.pk]), counts.get(key) or None, key == tab)
        for key, title in TABS.items()
    ]
    terms = projects.book().terms
    return {
        "project": row, "account": row.account, "progress": progress, "may": here.rights, "project_tabs": tabs, "full_path": projects.full_path(row),
        "phase": next((one.title for one in terms.phases if one.key == row.phase), row.phase) if terms else row.phase,
    }  # fmt: skip


def moment(request: PageRequest) -> dict[str, Any]:
    """Who does it, and when."""
    return {"actor": request.user, "at": timezone.now()}


def today(request: PageRequest) -> dict[str, Any]:
    """The same with the day."""
    return {**moment(request), "today": request.today}


def drawer(
    request: PageRequest, template: str, here: Here, context: dict[str, Any], errors: dict[str, str] | None = None
) -> HttpResponse:
    """A drawer over the page; a page of its own without htmx. 422 when something was refused."""
    shape = "account/drawer.html" if request.htmx else "projects/drawer_page.html"
    return drawers.answer(request, template, {**frame(here, ""), **context, "frame": shape}, errors)


def undo_url(here: Here, events: Sequence[int | None], back: str) -> str:
    """The address that takes events back; blank where there is none."""
    ids = [event for event in events if event]
    return reverse("projects:undo", args=[here.project.pk, signing.dumps([ids, back], salt=SALT, compress=True)]) if ids else ""


def read_undo(token: str, salt: str = SALT) -> tuple[Any, str]:
    """What a token takes back, and the page to go back to; 404 for one that is wrong, old or of another kind."""
    try:
        ids, back = signing.loads(token, salt=salt, max_age=3600)
    except signing.BadSignature as error:
        raise Http404 from error
    return ids, back


def stood(request: PageRequest, default: str) -> str:
    """The page over which a drawer stands; the default where it is a page of its own."""
    path = request.htmx.current_url_abs_path if request.htmx else None
    return str(path) if path else default


def ended(request: PageRequest, here: Here, text: str, events: Sequence[int | None], url: str) -> HttpResponse:
    """Back to a page, with a toast that offers to take it back."""
    return done(request, url, text if any(events) else "", undo_url(here, events, url))


def told(request: PageRequest, here: Here, text: str, events: Sequence[int | None], back: str) -> None:
    """The toast alone, for what shows itself anew in its place."""
    if any(events):
        messages.success(request, text, extra_tags=undo_url(here, events, back))


def changed(content: str = "") -> HttpResponse:
    """Nothing to show: the list or board below shows itself anew."""
    return HttpResponse(content, headers={"HX-Trigger": CHANGED})


def attempt(request: PageRequest, act: Callable[[], Any]) -> tuple[bool, Any]:
    """Carry something out: whether it was, and what came of it; what was refused is said in a toast."""
    try:
        return True, act()
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return False, None
