"""Hours: people x weeks of what the plan asks of them, what is behind a cell, and the same as a file."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import capacity as actions
from tenure.actions.refusals import Refused
from tenure.models import CapacityPlan
from tenure.queries import (
    absences,
    capacity,
    capacity_cells,
    capacity_file,
    capacity_weeks,
    days,
    handbook,
    visible,
    workers,
)
from tenure.queries.capacity import Asked
from tenure.rules import capacity as rules
from tenure.runs import capacity as planning
from tenure.views import capacityform, listpages
from tenure.views.drawers import day
from tenure.views.shell import PageRequest, needs

VIEW = "capacity.view"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@needs(VIEW)
@require_GET
def show(request: PageRequest) -> HttpResponse:
    """The hours of a window of weeks: this one's, or those from another day on."""
    form = capacityform.read(request)
    asked = _asked(request, form.first)
    context = {"form": form, **_told(asked), "may": _may(request), **capacityform.choices(request.user)}
    if asked.plan is None:
        return render(request, "capacity/building.html", context)
    table = capacity_weeks.table(request.user, asked.plan, form.wanted, handbook.pack())
    chart = capacityform.chart(table)
    return render(request, "capacity/show.html", {**context, "plan": asked.plan, "table": table, "chart": chart})


@needs(VIEW)
@require_GET
def progress(request: PageRequest, first: str) -> HttpResponse:
    """How far a window is, asked again and again by the page that waits for it: its card, or (``of=note``) the note above older hours."""
    found = capacity.asked(_monday(first), request.today, handbook.pack().digest)
    if not request.htmx:
        return redirect(f"{reverse('capacity:show')}?from={found.first.isoformat()}")
    context = {**_told(found), "polled": True, "url": request.htmx.current_url_abs_path}
    if request.GET.get("of") == "note":
        return render(request, "capacity/note.html", context)
    if found.plan or not (found.live or found.failed):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "capacity/card.html", context)


@needs(VIEW)
@require_POST
def prepare(request: PageRequest, first: str) -> HttpResponse:
    """Try again what failed."""
    found = _asked(request, _monday(first), again=True)
    if not request.htmx:
        return redirect(f"{reverse('capacity:show')}?from={found.first.isoformat()}")
    part = "capacity/note.html" if found.plan else "capacity/card.html"
    return render(request, part, {**_told(found), "polled": True, "url": request.htmx.current_url_abs_path})


@needs(VIEW)
@require_GET
def cell(request: PageRequest, pk: int, week: str) -> HttpResponse:
    """What is behind a person's week: every piece of work with its minutes, and the time there is. ``pk`` 0: work without a person."""
    monday, pack = _monday(week), handbook.pack()
    whose = get_object_or_404(absences.reached(request.user, VIEW), pk=pk) if pk else None
    plan = _plan(request, monday)
    if plan is None or (whose is None and capacity_weeks.reach(request.user) == "own"):
        raise Http404
    found = capacity_cells.behind(request.user, whose, plan, monday, pack)
    frame = "account/drawer.html" if request.htmx else "capacity/drawer_page.html"
    context = {
        "found": found,
        "frame": frame,
        "source": capacity_weeks.source(pack),
        "sunday": monday + timedelta(days=6),
        "plan": plan,
    }
    return render(request, "capacity/cell.html", context)


@needs("account.export")
@require_GET
def export(request: PageRequest) -> HttpResponse:
    """The hours of the window as CSV or XLSX: a line for each person and week."""
    if not visible.may(request.user, VIEW):
        raise PermissionDenied
    form = capacityform.read(request)
    plan = capacity.ready(form.first)
    if plan is None:
        return redirect(f"{reverse('capacity:show')}?{form.query()}")
    table = capacity_weeks.table(request.user, plan, form.wanted, handbook.pack())
    rows, day = capacity_file.Lines(table), plan.first.isoformat()
    said = {"rows": len(rows), "query": form.query(), "day": day}
    return listpages.file(request, "capacity", f"hours-{day}", rows, capacity_file.COLUMNS, {}, "Hours", said)


# --- parts


def _asked(request: PageRequest, first: date, again: bool = False) -> Asked:
    """What there is of a window; where something is missing, its planning is queued."""
    now = timezone.now()
    try:
        found = planning.prepare(first, actor=request.user, today=request.today, at=now, again=again)
    except Refused as refusal:
        found = replace(capacity.asked(first, request.today, handbook.pack().digest), refused=refusal.sentence)
    if found.plan:
        actions.use(found.plan, at=now)
    return found


def _told(asked: Asked) -> dict[str, Any]:
    """What the card and the note say. Whether a worker runs is asked only where one should have begun."""
    waits = asked.run is not None and asked.run.status == "queued" and timezone.now() - asked.run.queued_at > days.PATIENCE
    return {"asked": asked, "waits": waits, "no_worker": waits and not workers.alive()}


def _plan(request: PageRequest, monday: date) -> CapacityPlan | None:
    """The window that the page shows, or the newest one that holds the week."""
    first = day(request.GET.get("from"))
    if first and (plan := capacity.ready(rules.monday(first))):
        return plan if plan.first <= monday < plan.first + timedelta(weeks=plan.weeks) else None
    return capacity.holding(monday)


def _may(request: PageRequest) -> dict[str, bool]:
    return {"export": visible.may(request.user, "account.export")}


def _monday(text: str) -> date:
    found = day(text)
    if found is None:
        raise Http404
    return rules.monday(found)
