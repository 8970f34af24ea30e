"""``tenure import``: files and folders of a CRM, a billing system or a help desk, from the command line."""

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
from tenure.queries.cells import counted

# Names of files are printed as they are: [brackets] in them mean nothing.
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
WIDE = Console(stderr=True, highlight=False, markup=False, width=200)
COUNTS = ("read", "created", "updated", "unchanged", "waiting", "adopted", "duplicates", "superseded", "merged", "deleted", "conflicts",
          "refused")  # fmt: skip
SHOWN_KINDS = 20


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
        Path | None, typer.Option(metavar="FILE.csv", help="Write every refused cell, with the remedy, to this file.")
    ] = None,
    keep_unknown: Annotated[
        bool, typer.Option("--keep-unknown", help="Keep columns that have no field as custom facts.")
    ] = False,
    suggest_mapping: Annotated[
        bool, typer.Option("--suggest-mapping", help="Import nothing; print a mapping of these files to save, look over and use.")
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
        choice = _choice(paths, preset, mapping, source, day, keep_unknown)
        status = _suggest(paths, choice) if suggest_mapping else _run(paths, choice, dry_run, report)
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


def _choice(paths: list[Path], preset: str, mapping: Path | None, source: str, day: date | None, keep: bool) -> Any:
    mapped = import_module("tenure.links.files.mapping").load(mapping) if mapping else None
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        _fail(f"There is no {', '.join(missing)}.")
    return import_module("tenure.runs.import_plan").Choice(preset, source, mapped, keep, as_of=day)


def _suggest(paths: list[Path], choice: Any) -> int:
    """Print a mapping of the files; status 1 when none of them is like anything that can be imported."""
    plans, currency = import_module("tenure.runs.import_plan"), import_module("tenure.queries.handbook").pack().handbook.currency
    batch = plans.plan(paths, choice)
    found = plans.suggested(batch, choice, currency)
    for name, why in batch.unreadable:
        err.print(f"{name}: {why}")
    typer.echo(import_module("tenure.runs.import_suggest").text(batch.source, found), nl=False)
    if any(one.plausible for _, suggestions in found for one in suggestions):
        return 0
    err.print("No file says for sure what its rows are. Complete the mapping and take the # away.")
    return 1


def _run(paths: list[Path], choice: Any, dry: bool, report: Path | None) -> int:
    importing, timezone = import_module("tenure.runs.importing"), import_module("django.utils.timezone")
    runs, plans = import_module("tenure.actions.runs"), import_module("tenure.runs.import_plan")
    batch = plans.plan(paths, choice)
    if not batch.parts:
        _left_out(batch)
        err.print("Nothing was imported.")
        return 1
    run = importing.start(batch, choice, actor=None, at=timezone.now(), dry=dry)
    runs.start(run, at=timezone.now())
    with ExitStack() as stack:
        reporter = _reporter(run, report, stack)
        outcome = _with_progress(importing, run, batch, importing.keeper(run, reporter))
    files = [file.summary() for file in outcome.files]
    import_module("tenure.actions.imports_files").keep_outcome(run, files, batch.left_out, reporter.summary())
    runs.finish(run, at=timezone.now(), counts=outcome.totals())
    _summary(outcome, batch, dry)
    _told(reporter, outcome, report)
    return 1 if outcome.total("refused") or batch.unreadable or any(file.error for file in outcome.files) else 0


def _reporter(run: Any, path: Path | None, stack: ExitStack) -> Any:
    """Everything goes to the run's own file, for its page, and to the user's."""
    try:
        outs = [stack.enter_context(path.open("w", newline="", encoding="utf-8"))] if path else []
        return stack.enter_context(import_module("tenure.runs.import_reports").kept(run.pk, *outs))
    except OSError as error:
        _fail(f"{error.filename} can't be written: {error.strerror}.")


def _with_progress(importing: Any, run: Any, batch: Any, tell: Any) -> Any:
    columns = [TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()]
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
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 200).print(table)
    _left_out(batch)
    for name, note in dict.fromkeys((part.table.name, note) for part in batch.parts for note in part.table.notes):
        err.print(f"{name}: {note}")
    for file in outcome.files:
        if file.error or not file.result.read:
            err.print(f"{file.name}: {file.error or 'The file has column names and no row.'}")
    if not outcome.changed:
        err.print("Nothing changed." if not dry else "Nothing would change.")
    elif dry:
        err.print("A dry run: nothing was written.")
    for name, columns in {file.name: file.unused for file in outcome.files if file.unused}.items():
        err.print(f"{name}: {counted(len(columns), 'column')} not read and not kept: {', '.join(columns)[:400]}.")
    if lost := outcome.total("unlinked"):
        names = "names" if lost == 1 else "name"
        err.print(
            f"{counted(lost, 'row')} {names} an owner, a parent or another row that isn't there yet; it is set when it arrives."
        )


def _left_out(batch: Any) -> None:
    for name, why in [*batch.unreadable, *batch.left_out]:
        err.print(f"{name}: {why}")
    if batch.alike:
        err.print(
            "`tenure import FILES --suggest-mapping > mapping.yaml` writes a mapping to look over; then import with --mapping mapping.yaml."
        )


def _told(reporter: Any, outcome: Any, report: Path | None) -> None:
    """What was refused and what two files state differently, by kind, with the first rows of each."""
    refused, conflicts = outcome.total("refused"), outcome.total("conflicts")
    if refused:
        cells = reporter.cells["refused"]
        err.print(f"Refused: {counted(refused, 'row')}, {counted(cells, 'cell')}.")
        _kinds(reporter.of("refused"))
    if conflicts:
        err.print(f"Conflicts: {counted(conflicts, 'cell')} that two files state differently. The later file was taken.")
        _kinds(reporter.of("conflict"))
    _waiting(reporter)
    if (refused or conflicts or reporter.cells["waiting"]) and not report:
        err.print("Give --report FILE.csv to have them all.")


def _waiting(reporter: Any) -> None:
    """The first rows that wait, each with what is missing."""
    count = reporter.cells["waiting"]
    if not count:
        return
    err.print(
        f"Waiting: {counted(count, 'row')}. What {'it belongs' if count == 1 else 'they belong'} to isn't there; import that, and {'it comes' if count == 1 else 'they come'} in."
    )
    table = Table("file", "row", "id", "waits for", "missing id", box=None, header_style="bold", pad_edge=False)
    for name, problem in reporter.waiting:
        table.add_row(name, f"{problem.row:,}", problem.external_id, problem.field, problem.value)
    (err if sys.stderr.isatty() else WIDE).print(table)
    if count > len(reporter.waiting):
        err.print(f"  ... and {counted(count - len(reporter.waiting), 'more row')}.")


def _kinds(kinds: list[Any]) -> None:
    for kind in kinds[:SHOWN_KINDS]:
        place = f"{kind.file}, {kind.column}" if kind.column else kind.file
        also = f" Also {kind.others}." if kind.others else ""
        err.print(f"  {kind.count:,} in {place}: row {kind.rows[0]}: {kind.example} {kind.remedy}{also}")
    if len(kinds) > SHOWN_KINDS:
        err.print(f"  ... and {len(kinds) - SHOWN_KINDS:,} more kinds.")
