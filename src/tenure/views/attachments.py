"""Files of a CTA or an activity: adding, taking away, and handing them out so that no browser runs them."""

from collections.abc import Callable
from typing import BinaryIO, cast

from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import attachments as actions
from tenure.actions.refusals import Refused
from tenure.models import Activity, Attachment, CallToAction
from tenure.queries import visible
from tenure.views import activities
from tenure.views.ctas import EDIT, VIEW, do, moment
from tenure.views.shell import PageRequest, needs

SEALED = "default-src 'none'; sandbox"  # whatever the file holds, nothing of it runs here


@needs(VIEW)
@require_GET
def show(request: PageRequest, pk: int) -> HttpResponse:
    """The file, always as a download."""
    row = find(request, pk)
    try:
        path = actions.path_of(row)
    except Refused as refusal:
        raise Http404 from refusal
    response = cast("HttpResponse", FileResponse(path.open("rb"), content_type=row.type))
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=row.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SEALED
    response["Cache-Control"] = "private, no-store"
    return response


@needs(EDIT)
@require_POST
def create(request: PageRequest, pk: int) -> HttpResponse:
    """Keep a file with a CTA."""
    return do(request, pk, lambda card: _add(request, card.row), tab="linked")


@needs("activity.log")
@require_POST
def keep(request: PageRequest, activity: int) -> HttpResponse:
    """Keep a file with an entry of the timeline."""
    row = activities.seen(request, activity)
    return activities.do(request, activity, lambda: _add(request, row))


@needs(EDIT)
@require_POST
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Take a file away; it can be brought back."""
    row = find(request, pk)
    undo = reverse("attachments:restore", args=[pk])
    return _done(request, row, lambda: actions.delete(row, **moment(request)), f"{row.name} taken away.", undo)


@needs(EDIT)
@require_POST
def restore(request: PageRequest, pk: int) -> HttpResponse:
    """Bring a file back."""
    row = find(request, pk)
    return _done(request, row, lambda: actions.restore(row, **moment(request)), f"{row.name} is back.")


# --- parts


def _add(request: PageRequest, subject: Activity | CallToAction) -> None:
    file = request.FILES.get("file")
    if file is None or file.file is None:
        raise Refused("Choose a file.", "invalid", "file")
    actions.add(subject, file.name or "", cast("BinaryIO", file.file), **moment(request))


def _done(request: PageRequest, row: Attachment, act: Callable[[], None], told: str, undo: str = "") -> HttpResponse:
    """Do it and show again what the file is kept with."""
    if row.activity_id is not None:
        return activities.do(request, row.activity_id, act, told, undo)
    return do(request, row.cta_id or 0, lambda card: act(), told, tab="linked", undo=undo)


def find(request: PageRequest, pk: int) -> Attachment:
    """A file of something that the reader sees: drafts are their author's alone. 404 for everybody else."""
    seen = visible.accounts(request.user).values("pk")
    of_cta = Q(cta__in=visible.ctas(request.user))
    drafts = Q(activity__draft=True) & ~Q(activity__owner=request.user)
    of_activity = Q(activity__account__in=seen, activity__deleted_at=None) & ~drafts
    rows = Attachment.objects.filter(of_cta | of_activity if visible.may(request.user, "activity.view") else of_cta)
    row = rows.filter(pk=pk).select_related("cta", "activity").first()
    if row is None or (row.deleted_at and request.method == "GET"):
        raise Http404
    return row
