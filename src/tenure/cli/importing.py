"""``tenure import``: files and folders of a CRM, a billing system or a help desk, from the command line."""

import csv
import sys
from contextlib import ExitStack
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from tenure.cli import django_setup

err = Console(stderr=True, highlight=False, soft_wrap=True)
COUNTS = ("read", "created", "updated", "unchanged", "waiting", "adopted", "duplicates", "superseded", "deleted", "refused")
SHOWN_PROBLEMS = 10


def register(parent: typer.Typer) -> None:
    """Attach the command."""
    parent.command("import")(import_files)


def import_files(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="CSV, XLSX, JSON or ZIP files, or folders of them.")],
    preset: Annotated[
        str, typer.Option(metavar="NAME", help="What the files come from: salesforce, zuora, zendesk or files. Default: guessed.")
    ] = "",
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="A mapping of columns to fields. docs/import.md explains it.")
    ] = None,
    source: Annotated[str, typer.Option(metavar="NAME", help="The name under which ids are known. Default: the preset's.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and count, write nothing.")] = False,
    as_of: Annotated[
        str, typer.Option(metavar="DATE", help="The day from which the facts hold, like 2024-01-31. Default: today.")
    ] = "",
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write refused rows with the reason to this file.")
    ] = None,
    keep_unknown: Annotated[
        bool, typer.Option("--keep-unknown", help="Keep columns that have no field as custom facts.")
    ] = False,
) -> None:
    """Import accounts, contacts, subscriptions and the rest from files.

    Rows are known by the id of their source: a second import of the same files changes nothing. Rows whose account isn't there yet wait
    for it. Exit status 1 when rows or files were refused, 2 for a wrong command line.
    """
    day = _day(as_of)
    django_setup()
    refused = import_module("tenure.actions.refusals").Refused
    try:
        status = _run(paths, preset, mapping, source, dry_run, day, report, keep_unknown)
    except refused as refusal:
        _fail(refusal.sentence)
    except (import_module("django.db").ProgrammingError, import_module("django.db").OperationalError) as error:
        _fail(f"The database can't be used: {error}. Is it set up? `tenure migrate` does that.")
    raise typer.Exit(status)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        _fail(f"'{text}' is not a day like 2024-01-31.")


def _fail(sentence: str) -> NoReturn:
    err.print(sentence)
    raise typer.Exit(2)


def _run(
    paths: list[Path], preset: str, mapping: Path | None, source: str, dry: bool, day: date | None, report: Path | None, keep: bool
) -> int:  # fmt: skip
    plans, importing = import_module("tenure.runs.import_plan"), import_module("tenure.runs.importing")
    runs, timezone = import_module("tenure.actions.runs"), import_module("django.utils.timezone")
    mapped = import_module("tenure.links.files.mapping").load(mapping) if mapping else None
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        _fail(f"There is no {', '.join(missing)}.")
    choice = plans.Choice(preset, source, mapped, keep, as_of=day)
    batch = plans.plan(paths, choice)
    if not batch.parts:
        _left_out(batch)
        err.print("Nothing was imported.")
        return 1
    run = importing.start(batch, choice, actor=None, at=timezone.now(), dry=dry)
    runs.start(run, at=timezone.now())
    problems: list[tuple[str, Any]] = []
    with ExitStack() as stack:
        tell = _reporter(report, problems, stack)
        outcome = _with_progress(importing, run, batch, tell)
    import_module("tenure.actions.imports_files").keep_outcome(run, [file.summary() for file in outcome.files], batch.left_out)
    runs.finish(run, at=timezone.now(), counts=outcome.totals())
    _summary(outcome, batch, dry)
    _problems(problems, outcome.total("refused"), report)
    return 1 if outcome.total("refused") or batch.unreadable or any(file.error for file in outcome.files) else 0


def _reporter(path: Path | None, kept: list[tuple[str, Any]], stack: ExitStack) -> Any:
    writer: Any = None
    if path:
        try:
            writer = csv.writer(stack.enter_context(path.open("w", newline="", encoding="utf-8")))
        except OSError as error:
            _fail(f"{path} can't be written: {error.strerror}.")
        writer.writerow(["file", "row", "id", "column", "value", "reason"])
    safe = import_module("tenure.queries.cells").safe

    def tell(name: str, problems: list[Any]) -> None:
        kept.extend((name, problem) for problem in problems[: max(0, SHOWN_PROBLEMS - len(kept))])
        if writer:
            writer.writerows([safe(c) for c in (name, p.row, p.external_id, p.field, p.value, p.message)] for p in problems)

    return tell


def _with_progress(importing: Any, run: Any, batch: Any, tell: Any) -> Any:
    columns = [TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()]
    try:
        with Progress(*columns, console=err, transient=True, disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task("Reading", total=batch.size)

            def move(name: str, done: int, total: int) -> None:
                bar.update(task, description=name[-40:], completed=done, total=max(total, 1))

            return importing.perform(run, batch, report=tell, progress=move)
    except BaseException:
        now = import_module("django.utils.timezone").now()
        import_module("tenure.actions.runs").fail(run, "The import was broken off. Start it again and it does the rest.", at=now)
        raise


def _summary(outcome: Any, batch: Any, dry: bool) -> None:
    shown = [name for name in COUNTS if name in ("read", "created", "updated", "unchanged", "refused") or outcome.total(name)]
    table = Table("file", "as", *shown, box=None, header_style="bold", pad_edge=False)
    for file in outcome.files:
        counts = file.result.counts()
        table.add_row(file.name, file.title, *[f"{counts[name]:,}" for name in shown])
    for column in table.columns[2:]:
        column.justify = "right"
    Console(highlight=False, width=None if sys.stdout.isatty() else 200).print(table)
    _left_out(batch)
    for file in outcome.files:
        if file.error:
            err.print(f"{file.name}: {file.error}")
    if not outcome.changed:
        err.print("Nothing changed." if not dry else "Nothing would change.")
    elif dry:
        err.print("A dry run: nothing was written.")
    if lost := outcome.total("unlinked"):
        err.print(f"{lost:,} rows name an owner, a parent or another row that isn't there yet; it is set when it arrives.")


def _left_out(batch: Any) -> None:
    for name, why in [*batch.unreadable, *batch.left_out]:
        err.print(f"{name}: {why}")


def _problems(problems: list[tuple[str, Any]], total: int, report: Path | None) -> None:
    for name, problem in problems:
        err.print(f"{name}, row {problem.row}: {problem.message}" + (f" (column {problem.field})" if problem.field else ""))
    if total > len(problems):
        err.print(f"... and {total - len(problems):,} more." + ("" if report else " Give --report FILE.csv to have them all."))
