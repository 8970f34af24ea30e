"""What Tenure did on its own or over a long time: the list, one run, its failures as a file, and starting one."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tenure.actions.refusals import Refused
from tenure.models import Run
from tenure.queries import cells, events, runs, visible
from tenure.runs import tasks
from tenure.views.shell import PageRequest, needs

PAGE = 50
SHOWN = 50  # failures on the page; the file has all
STOP = 286  # tells htmx to ask no more
STATES = {"queued": "Waiting", "running": "Running", "done": "Done", "failed": "Failed", "cancelled": "Cancelled"}
MARKS = {"failed": "lab-r", "running": "lab-acc", "queued": "", "cancelled": ""}
ICONS = {"daily": "refresh", "day": "history", "import": "file-import", "demo": "building", "log": "lock", "capacity": "gauge"}


@needs("run.view")
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """Newest first; kind and state in the address. While one is under way the rows come anew by themselves."""
    kind, state, before = (request.GET.get(name, "") for name in ("kind", "state", "before"))
    found = runs.listed(request.user, kind, state, int(before) if before.isdecimal() else None, PAGE + 1)
    context = {
        "rows": [_row(run) for run in found[:PAGE]],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "kinds": [(key, key.capitalize()) for key in runs.kinds()],
        "kind": kind,
        "state": state,
        "live": any(run.status in ("queued", "running") for run in found) and not before,
        "broken_log": events.broken(),
        "may_start": visible.may(request.user, "run.start"),
    }
    if request.htmx.target == "rows":
        return render(request, "runs/list_rows.html", context, status=200 if context["live"] else STOP)
    return render(request, "runs/list.html", context)


@needs("run.view")
@require_GET
def show(request: PageRequest, pk: int) -> HttpResponse:
    """One run: steps, counts, what failed alone."""
    run = get_object_or_404(runs.seen_by(request.user), pk=pk)
    failures, count = runs.failures(run, request.user, SHOWN)
    context = {
        **_row(run),
        "counted": runs.counted(run),
        "failures": failures,
        "failure_count": count,
        "live": run.status in ("queued", "running"),
        "may_start": visible.may(request.user, "run.start"),
    }
    if request.htmx.target == "run":
        return render(request, "runs/show_body.html", context, status=200 if context["live"] else STOP)
    return render(request, "runs/show.html", context)


@needs("run.view")
@require_GET
def failures(request: PageRequest, pk: int) -> HttpResponse:
    """Everything that failed alone, as CSV; nothing in it is a formula."""
    run = get_object_or_404(runs.seen_by(request.user), pk=pk)
    name = f"run-{run.pk}-failures.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(_csv(runs.failure_rows(run, request.user)), content_type="text/csv; charset=utf-8", headers=headers)


@needs("run.start")
@require_POST
def start(request: PageRequest) -> HttpResponse:
    """Queue a daily run for today."""
    try:
        run = tasks.start_daily(request.today, actor=request.user, at=timezone.now())
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect("runs:list")
    messages.success(request, "The run waits for a worker.")
    return redirect("runs:show", run.pk)


def _row(run: Run) -> dict[str, Any]:
    return {
        "run": run,
        "state_word": STATES.get(run.status, run.status),
        "mark": MARKS.get(run.status, "lab-g"),
        "icon": ICONS.get(run.kind, "progress"),
        "took": runs.took(run),
        "result": runs.result(run),
    }


class _Line:
    """A file of which each written line is handed on."""

    def write(self, text: str) -> str:
        return text


def _csv(rows: Iterator[list[Any]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "﻿" + writer.writerow(runs.HEADINGS)
    for row in rows:
        yield writer.writerow([cells.safe(value) for value in row])
