"""The import wizard: upload, look and map, check, import; the list of imports and what came of each."""

import csv
from collections.abc import Iterator
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import imports_files as actions
from tenure.actions.imports_specs import ORDER, SPECS
from tenure.actions.refusals import Refused
from tenure.models import ImportMapping, Run, Upload
from tenure.queries import cells, imports
from tenure.queries import runs as run_questions
from tenure.runs import import_pages, import_plan, import_reports, importing
from tenure.views.shell import PageRequest, needs

STOP = 286  # tells htmx to ask no more
SHOWN = 50  # refused rows on the page; the file has all
IMPORT = "import.run"
COLUMNS = ("read", "created", "updated", "unchanged", "waiting", "adopted", "duplicates", "superseded", "merged", "deleted", "conflicts",
           "refused")  # fmt: skip
HEADS = {
    "adopted": "Came in now",
    "duplicates": "Twice in the file",
    "superseded": "Earlier versions",
    "merged": "In a later file too",
}
KINDS = 8  # shown of what was refused, and of conflicts
ALWAYS = ("read", "created", "updated", "unchanged", "refused")


@needs(IMPORT)
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """The imports, newest first; files that wait for a decision; rows that wait for their parent."""
    context = {
        "rows": [(run, _total(run)) for run in imports.runs()[:100]],
        "drafts": imports.open_batches(request.user),
        "waiting": imports.waiting_counts(),
        "mappings": list(imports.mappings()[:50]),
        "live": imports.runs().filter(status__in=("queued", "running")).exists(),
    }
    return render(request, "imports/list.html", context)


@needs(IMPORT)
@require_http_methods(["GET", "POST"])
def create(request: PageRequest) -> HttpResponse:
    """Upload files; then look at them."""
    error = ""
    if request.method == "POST":
        try:
            batch = import_pages.upload(request.FILES.getlist("files"), actor=request.user, at=timezone.now())
            return redirect("imports:files", batch)
        except Refused as refusal:
            error = refusal.sentence
    context = {"error": error, "limit": actions.limit_mb(), "endings": importing.readable(), "most": actions.MOST_FILES}
    return render(request, "imports/create.html", context, status=422 if error else 200)


@needs(IMPORT)
@require_http_methods(["GET", "POST"])
def files(request: PageRequest, batch: str) -> HttpResponse:
    """What each file is read as; the source, the day, and whether unknown columns are kept."""
    rows = _uploads(request, batch)
    error = ""
    if request.method == "POST":
        try:
            actions.choose(rows, _chosen(request, rows), actor=request.user)
            return redirect("imports:files", batch)
        except Refused as refusal:
            error = refusal.sentence
    preset = import_pages.preset_of(rows)
    tables = import_pages.shown(rows)
    context = {
        "batch": batch, "tables": tables, "unreadable": import_pages.unreadable(rows), "preset": preset, "presets": import_plan.TITLES,
        "chosen": rows[0].settings, "source": rows[0].settings.get("source") or preset, "error": error, "step": 2,
        "ready": any(table.parts and not table.problem for table in tables),
    }  # fmt: skip
    return render(request, "imports/files.html", context, status=422 if error else 200)


@needs(IMPORT)
@require_http_methods(["GET", "POST"])
def table(request: PageRequest, batch: str, number: int) -> HttpResponse:
    """One table: its first rows, and which column goes to which field."""
    rows = _uploads(request, batch)
    row = _nth(rows, number)
    mapping = _mapping(request, rows, row)
    error = ""
    if request.method == "POST":
        try:
            return _save_table(request, batch, row, mapping)
        except Refused as refusal:
            error = refusal.sentence
    return _table_page(request, batch, row, mapping, error)


@needs(IMPORT)
@require_http_methods(["GET", "POST"])
def check(request: PageRequest, batch: str) -> HttpResponse:
    """The dry run: started by POST, then shown with its progress and result."""
    rows = _uploads(request, batch)
    if request.method == "POST":
        return _begin(request, batch, rows, dry=True)
    run = Run.objects.filter(pk=rows[0].settings.get("check"), kind="import_check").first()
    if run is None:
        return redirect("imports:files", batch)
    context = {**_result(request, run), "batch": batch, "step": 3}
    return _polled(request, context, "imports/check.html", "imports/result.html")


@needs(IMPORT)
@require_POST
def start(request: PageRequest, batch: str) -> HttpResponse:
    """Import the files in the background."""
    return _begin(request, batch, _uploads(request, batch), dry=False)


@needs(IMPORT)
@require_POST
def discard(request: PageRequest, batch: str) -> HttpResponse:
    """Throw uploaded files away."""
    try:
        actions.discard(_uploads(request, batch), actor=request.user, at=timezone.now())
        messages.success(request, "The files were thrown away. Nothing was imported.")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("imports:list")


@needs(IMPORT)
@require_GET
def show(request: PageRequest, pk: int) -> HttpResponse:
    """An import: progress while it runs, then what came of it."""
    run = get_object_or_404(Run.objects.select_related("started_by"), pk=pk, kind="import")
    return _polled(request, {**_result(request, run), "step": 4}, "imports/show.html", "imports/result.html")


@needs(IMPORT)
@require_GET
def refused(request: PageRequest, pk: int) -> HttpResponse:
    """Everything that was told of rows, with remedies, as CSV; nothing in it is a formula."""
    run = get_object_or_404(Run, pk=pk, kind__in=("import", "import_check"))
    name, path = f"refused-rows-{run.pk}.csv", import_reports.path_of(run.pk)
    if path.exists():
        return cast("HttpResponse", FileResponse(path.open("rb"), as_attachment=True, filename=name))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return cast("HttpResponse", StreamingHttpResponse(_csv(run), content_type="text/csv; charset=utf-8", headers=headers))


@needs(IMPORT)
@require_GET
def waiting(request: PageRequest) -> HttpResponse:
    """The rows of all imports that wait for another row, the latest first."""
    page = Paginator(imports.waiting(), SHOWN).get_page(request.GET.get("page"))
    rows = [(row, *imports.waiting_words(row)) for row in page]
    return render(request, "imports/waiting.html", {"rows": rows, "page": page})


@needs(IMPORT)
@require_POST
def forget(request: PageRequest, pk: int) -> HttpResponse:
    """Delete a saved mapping."""
    actions.delete_mapping(get_object_or_404(ImportMapping, pk=pk), actor=request.user, at=timezone.now())
    messages.success(request, "The mapping was deleted.")
    return redirect("imports:list")


# --- parts


def _uploads(request: PageRequest, batch: str) -> list[Upload]:
    """The user's own files of a batch that was not imported yet; 404 else."""
    rows = imports.uploads(request.user, batch)
    if not rows:
        raise Http404
    return rows


def _nth(rows: list[Upload], number: int) -> import_pages.Shown:
    tables = import_pages.shown(rows)
    if not 0 <= number < len(tables):
        raise Http404
    return tables[number]


def _chosen(request: PageRequest, rows: list[Upload]) -> dict[str, Any]:
    given = request.POST
    preset = given.get("preset", "")
    if preset not in import_plan.TITLES:
        raise Refused("Choose where the files come from.", "invalid", "preset")
    day = given.get("as_of", "")
    if day and (parse_date(day) is None or parse_date(day) > request.today):  # type: ignore[operator]
        raise Refused("Facts hold from a day that has come.", "invalid", "as_of")
    changed = preset != import_pages.preset_of(rows)
    source = preset if changed else given.get("source", "").strip() or preset
    return {"preset": preset, "source": source, "as_of": day, "keep_unknown": given.get("keep_unknown") == "on"}


def _mapping(request: PageRequest, rows: list[Upload], row: import_pages.Shown) -> Any:
    """The mapping to show: a saved one or another noun when asked for, else what holds."""
    noun = (request.POST if request.method == "POST" else request.GET).get("noun", "")
    if request.GET.get("saved", "").isdecimal():
        kept = get_object_or_404(ImportMapping, pk=request.GET["saved"])
        return import_pages.saved(row, kept.columns)
    current = row.parts[0].mapping if row.parts else None
    looks = import_pages.looks(row)
    if noun in ORDER and (current is None or current.noun != noun):
        return looks if looks and looks.noun == noun else import_pages.guessed(row, noun, import_pages.preset_of(rows))
    return current or looks or import_pages.likely(row, import_pages.preset_of(rows))


def _save_table(request: PageRequest, batch: str, row: import_pages.Shown, before: Any) -> HttpResponse:
    if "leave_out" in request.POST:
        actions.choose_table(row.upload, row.table.name, [], actor=request.user)
        return redirect("imports:files", batch)
    mapping = import_pages.posted(row, request.POST.get("noun", ""), request.POST.dict(), before)
    others = [part.mapping for part in row.parts[1:]] if row.parts and row.parts[0].mapping.noun == mapping.noun else []
    kept = [one.model_dump(mode="json", exclude_defaults=True) for one in (mapping, *others)]
    actions.choose_table(row.upload, row.table.name, kept, actor=request.user)
    if name := request.POST.get("save_as", "").strip():
        actions.save_mapping(name, row.upload.settings.get("source", ""), kept[0], actor=request.user, at=timezone.now())
    return redirect("imports:files", batch)


def _table_page(request: PageRequest, batch: str, row: import_pages.Shown, mapping: Any, error: str) -> HttpResponse:
    context = {
        "batch": batch, "row": row, "mapping": mapping, "fields": import_pages.field_rows(row, mapping), "error": error, "step": 2,
        "nouns": [(noun, SPECS[noun].title) for noun in ORDER], "formats": import_pages.FORMATS, "saved": list(imports.mappings()),
        "heads": row.first[0], "first": row.first[1], "unused": row.unused(mapping),
    }  # fmt: skip
    return render(request, "imports/table.html", context, status=422 if error else 200)


def _begin(request: PageRequest, batch: str, rows: list[Upload], *, dry: bool) -> HttpResponse:
    try:
        run = importing.begin_batch(rows, actor=request.user, at=timezone.now(), dry=dry)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("imports:files", batch)
    return redirect("imports:check", batch) if dry else redirect("imports:show", run.pk)


def _result(request: PageRequest, run: Run) -> dict[str, Any]:
    failures, count = run_questions.failures(run, request.user, SHOWN)
    told = run.params.get("files", [])
    shown = [name for name in COLUMNS if name in ALWAYS or any(file.get(name) for file in told)]
    files = [(file, SPECS[file["noun"]].title, [file.get(name, 0) for name in shown]) for file in told]
    changed = sum(run.counts.get(name, 0) for name in ("created", "updated", "adopted"))
    kept = run.params.get("told", {})
    return {
        "kinds": import_reports.kinds(kept, "refused")[:KINDS], "conflicts": import_reports.kinds(kept, "conflict")[:KINDS],
        "cells": kept.get("cells", {"refused": count, "conflict": 0}), "unused": _unused(told), **_waiting(request, run),
        "run": run, "files": files, "heads": [HEADS.get(name, name.capitalize()) for name in shown], "failures": failures, "failure_count": count, "changed": changed,
        "left_out": run.params.get("left_out", []), "dry": run.kind == "import_check", "live": run.status in ("queued", "running"),
        "refused_count": run.counts.get("refused", 0),
    }  # fmt: skip


def _unused(told: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """The columns of each table that nothing read."""
    return [(name, columns) for name, columns in {file["name"]: file.get("unused") for file in told}.items() if columns]


def _waiting(request: PageRequest, run: Run) -> dict[str, Any]:
    """One page of the rows that wait, out of the run's file."""
    count = run.params.get("told", {}).get("cells", {}).get("waiting", 0)
    page = Paginator(range(count), SHOWN).get_page(request.GET.get("waiting"))
    first = max(0, page.start_index() - 1)
    return {"waits": import_reports.waiting(run.pk, first, SHOWN) if count else [], "waits_page": page, "waits_count": count}


def _polled(request: PageRequest, context: dict[str, Any], page: str, part: str) -> HttpResponse:
    if request.htmx.target == "result":
        return render(request, part, context, status=200 if context["live"] else STOP)
    return render(request, page, context)


def _total(run: Run) -> dict[str, int]:
    return {name: run.counts.get(name, 0) for name in COLUMNS}


class _Line:
    """A file of which each written line is handed on."""

    def write(self, text: str) -> str:
        return text


def _csv(run: Run) -> Iterator[str]:
    """What the database holds of it, where the file is gone: the first rows."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(["file", "row", "column", "value", "problem"])
    for row in run.failures.order_by("pk").iterator(chunk_size=2000):
        yield writer.writerow([cells.safe(value) for value in (row.file, row.row, row.column, row.value, row.message)])
