"""The cockpit as a calendar, and what a day that something is put on does."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import cascades
from tenure.actions.refusals import Refused
from tenure.models import Task
from tenure.queries import cockpit_calendar, handbook, saved_views, visible
from tenure.queries.cockpit_calendar import Span
from tenure.queries.lists import State
from tenure.views import cockpit_cards, cockpit_site, listing
from tenure.views.cockpit_cards import Look
from tenure.views.cockpit_site import EDIT, LAYOUTS, VIEW, presets, state_of
from tenure.views.ctas import changed, moment, undo_of
from tenure.views.drawers import day
from tenure.views.shell import PageRequest, asked_day, needs

SITE = LAYOUTS["calendar"]
KINDS = {"month": "Month", "week": "Week"}
ASK = "tenure:ask"  # event: a dialog to open


@needs(VIEW)
@require_GET
def calendar(request: PageRequest) -> HttpResponse:
    """A month or a week of due days; htmx gets the part that changes."""
    if not request.GET:
        return redirect(SITE.url("list", presets(request.user)[0].query))
    saved, state = list(saved_views.of(request.user, SITE.page)), state_of(request.GET)
    kind = request.GET.get("span", "") if request.GET.get("span") in KINDS else "month"
    at = asked_day(request.GET.get("day")) or request.today
    found = cockpit_calendar.calendar(request.user, state, kind, at, request.today)
    count = sum(one.count for week in found.weeks for one in week)
    context = cockpit_site.frame(request, SITE, state, count)
    context |= listing.views(SITE, state, presets(request.user), saved, request.user)
    look = Look(request.today, handbook.pack(), visible.may(request.user, EDIT))
    weeks = [[(one, cockpit_cards.items(one, look)) for one in week] for week in found.weeks]
    context |= {"span": found, "weeks": weeks, "at": at, **_around(request, state, found)}
    return cockpit_site.answer(request, SITE, state, context, f"span={kind}&day={at.isoformat()}")


def _around(request: PageRequest, state: State, found: Span) -> dict[str, Any]:
    """The addresses before, after and of today, of the other span, and of what has no day."""

    def url(kind: str, at: Any) -> str:
        return SITE.url("list", f"{state.query() or 'view=all'}&span={kind}&day={at.isoformat()}")

    shown = found.first if found.kind == "week" else found.weeks[1][0].day
    return {
        "earlier": url(found.kind, found.before), "later": url(found.kind, found.after), "now": url(found.kind, request.today),
        "kinds": [(key, label, url(key, shown if not found.first <= request.today <= found.last else request.today)) for key, label in KINDS.items()],
        "of_day": LAYOUTS["list"].url("list", state.query() or "view=all"),
    }  # fmt: skip


@needs(EDIT)
@require_POST
def set_day(request: PageRequest, noun: str, pk: int) -> HttpResponse:
    """Move a CTA or a task to another day: at once where nothing else moves with it, else the dialog that shows what does."""
    row, to = cockpit_calendar.row(request.user, noun, pk), day(request.POST.get("day"))
    if row is None or to is None:
        raise Http404
    if len(cascades.preview_due(row, to)) > 1:
        dialog = reverse(f"cascades:{'task_due' if isinstance(row, Task) else 'due'}", args=[pk])
        return HttpResponse("", headers={"HX-Trigger": json.dumps({ASK: {"url": f"{dialog}?due_date={to.isoformat()}"}})})
    try:
        kept = cascades.apply(row, cascades.preview_due(row, to), **moment(request))
        messages.success(request, kept.title if kept else "Nothing to change.", extra_tags=undo_of(kept))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return changed()
