"""Carrying an import out: file by file in bounded transactions, with progress, counts and the rows that were refused."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

import polars as pl
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tenure.actions import bulk, decisions, imports, imports_files, runs, summaries
from tenure.actions.imports import Problem, Session, UpsertResult
from tenure.actions.imports_checks import rows_of
from tenure.actions.imports_specs import MOMENT
from tenure.actions.refusals import Refused
from tenure.links.files import applying, opening, wholes
from tenure.links.files.mapping import FileMapping, parse
from tenure.models import Run, RunFailure, Upload, User
from tenure.queries import clock, handbook
from tenure.queries import imports as questions
from tenure.runs import import_groups, import_plan, import_reports, tasks
from tenure.runs.import_groups import Group
from tenure.runs.import_plan import Batch, Choice, Part

log = logging.getLogger(__name__)
DECIDE_BLOCK = 5_000
FULL_BATCH = imports.BATCH
# What is being read, bytes done, of how many.
Progress = Callable[[str, int, int], None]
Report = Callable[[str, list[Problem]], None]
Told = dict[str, set[str]]  # noun -> ids that a file of rows as they are has given


@dataclass
class FileResult:
    """What came of one table."""

    name: str
    noun: str
    title: str
    result: UpsertResult = field(default_factory=UpsertResult)
    error: str = ""
    unused: list[str] = field(default_factory=list)  # columns of the table that nothing reads

    def summary(self) -> dict[str, object]:
        """For the run's record."""
        told = {"name": self.name, "noun": self.noun, "title": self.title, "error": self.error, "unused": self.unused}
        return {**told, **self.result.counts()}


@dataclass
class Outcome:
    """What came of an import."""

    files: list[FileResult] = field(default_factory=list)
    accounts: set[int] = field(default_factory=set)

    def total(self, name: str) -> int:
        """One count over all files."""
        return sum(file.result.counts()[name] for file in self.files)

    def totals(self) -> dict[str, int]:
        """All counts over all files."""
        return {name: self.total(name) for name in UpsertResult().counts()}

    @property
    def changed(self) -> bool:
        """Whether anything was written (or would be)."""
        return any(file.result.changed for file in self.files)


def carry_out(batch: Batch, session: Session, report: Report, progress: Progress) -> Outcome:
    """Import the parts in order. A part whose mapping doesn't fit fails alone; so does a file that turns out to be damaged."""
    pack = handbook.pack()
    stages, currency = questions.stage_words(pack), pack.handbook.currency
    outcome, before = Outcome(), 0
    told: Told = {part.mapping.noun: set() for part in batch.parts if applying.BEGIN in part.table.header}
    groups = import_groups.groups(batch.parts)
    for at, (part, group) in enumerate(zip(batch.parts, groups, strict=True)):
        done = FileResult(part.table.name, part.mapping.noun, part.title, error=part.problem, unused=batch.unused(part.table))
        outcome.files.append(done)
        try:
            if not done.error:
                applier = applying.Applier(part.table, part.mapping, currency, stages)
                _part(applier, session, done, report, told, _moved(progress, part, before, batch.size), group)
        except Refused as refusal:
            done.error = refusal.sentence
        if group not in groups[at + 1 :]:  # its last file
            group.settle(session, part.mapping.noun)
        before += part.table.size
        progress(part.table.name, before, batch.size)
    outcome.accounts = set().union(*(file.result.accounts for file in outcome.files))
    return outcome


def _moved(progress: Progress, part: Part, before: int, total: int) -> Callable[[int], None]:
    """Tells how far a part is."""
    return lambda at: progress(part.table.name, before + min(at, part.table.size), total)


def _part(
    applier: applying.Applier, session: Session, done: FileResult, report: Report, told: Told, at: Callable[[int], None],
    group: Group,
) -> None:  # fmt: skip
    told_as_is, report = report, _by_column(report, applier)
    group.enter(applier, done.result.add, report)
    words = {"territory": questions.territory_words()} if "territory" in applier.mapping.columns else {}
    session.new_file()
    session.custom_keys = applier.unknown
    noun, whole = applier.mapping.noun, []
    pending: list[pl.DataFrame] = []
    for chunk in applier.table.chunks():
        typed = applier.checked(chunk, words)
        if noun in told and not applier.has_history:
            told[noun].update(typed.frame["external_id"].drop_nulls())
        refused = rows_of(typed.problems)
        done.result.add(UpsertResult(read=refused, refused=refused))
        told_as_is(done.name, typed.problems)
        if applier.has_versions or noun == "charge":
            whole.append(typed.frame)
        else:
            pending.append(typed.frame)
            if sum(frame.height for frame in pending) >= FULL_BATCH // 2:
                _write(session, noun, pending, done, report, group)
        at(chunk.position)
    _write(session, noun, pending, done, report, group)
    if whole and noun == "charge":
        group.add_up(whole)
    elif whole:
        _write_whole(session, noun, whole, done, report, told if applier.has_history else {}, group)


def _by_column(report: Report, applier: applying.Applier) -> Report:
    """Tells refused rows with the file's own column names."""
    return lambda name, problems: report(name, [replace(problem, field=applier.column_of(problem.field)) for problem in problems])


def _write(session: Session, noun: str, pending: list[pl.DataFrame], done: FileResult, report: Report, group: Group) -> None:
    frames = [frame for frame in pending if frame.height]
    pending.clear()
    frame = group.own(pl.concat(frames)) if frames else pl.DataFrame()
    if frame.height:
        result = imports.write(session, noun, frame)
        report(done.name, result.problems)
        result.problems = []
        done.result.add(result)


def _write_whole(
    session: Session, noun: str, frames: list[pl.DataFrame], done: FileResult, report: Report, told: Told, group: Group
) -> None:
    """A file with every version of each row: the one that holds is the row, the others are its past."""
    current, past = wholes.current_and_past(pl.concat(frames))
    # What a file of rows as they are has told is not told again by the history of the same rows.
    again = pl.col("external_id").is_in(list(told.get(noun, ()))).fill_null(False)
    past = pl.concat([past, current.filter(again)], how="diagonal") if current.height else past
    current = current.filter(~again).drop("from_at", "until_at", strict=False)
    for start in range(0, current.height, imports.BATCH):
        _write(session, noun, [current.slice(start, imports.BATCH)], done, report, group)
    if past.height:
        missing = [pl.lit(None, MOMENT).alias(name) for name in ("from_at", "until_at") if name not in past.columns]
        group.then(partial(_write_past, session, noun, past.with_columns(missing), done, report))


def _write_past(session: Session, noun: str, past: pl.DataFrame, done: FileResult, report: Report) -> None:
    result = imports.write_history(session, noun, past)
    report(done.name, result.problems)
    result.problems = []
    done.result.add(result)


def settle(session: Session, run: Run, outcome: Outcome, progress: Progress) -> None:
    """Decide the accounts anew whose facts changed, and bring the lists up to date. Also those of an import that died before this."""
    today = clock.day_of(timezone.now())
    if questions.unfinished(run.pk):
        summaries.refresh(None, today=today)
        decisions.redecide(None, as_of=today, at=session.at, actor=session.actor, reason="After an import that was broken off")
    ids = sorted(outcome.accounts)
    for start in range(0, len(ids), DECIDE_BLOCK):
        decisions.redecide(
            ids[start : start + DECIDE_BLOCK],
            as_of=today,
            at=session.at,
            actor=session.actor,
            reason=f"Import from {session.source}",
        )
        progress("Decisions", min(start + DECIDE_BLOCK, len(ids)), len(ids))
    imports_files.lists_are_current(at=timezone.now())


# --- runs


def start(
    batch: Batch, choice: Choice, *, actor: User | None, at: datetime, dry: bool, params: dict[str, object] | None = None
) -> Run:
    """Queue the run of an import or, ``dry``, of a check. Raises Refused."""
    if choice.as_of and choice.as_of > clock.day_of(at):
        raise Refused(f"Facts hold from a day that has come: {choice.as_of} lies ahead.", "invalid", "as_of")
    count = len({part.table.name for part in batch.parts})
    what = f"{count} file" if count == 1 else f"{count} files"
    origin = "" if batch.source == "files" else f" from {import_plan.TITLES.get(batch.source, batch.source)}"
    title = f"{'Check' if dry else 'Import'} of {what}{origin}"
    kind = "import_check" if dry else "import"
    as_of = choice.as_of or clock.day_of(at)
    return runs.queue(kind, title, actor=actor, at=at, as_of=as_of, params={"source": batch.source, "preset": batch.preset, **(params or {})},
                      capability="import.run")  # fmt: skip


def perform(run: Run, batch: Batch, *, report: Report, progress: Progress) -> Outcome:
    """Do a run that was begun. The caller finishes or fails it."""
    dry = run.kind == "import_check"
    at = timezone.now()
    session = imports.begin(batch.source, as_of=run.as_of or clock.day_of(at), at=at, actor=run.started_by, run=run, dry=dry)
    bulk.long_work()
    if not dry:
        imports_files.lists_are_stale(run)
    runs.step(run, "read", "Reading and writing rows", at=timezone.now())
    outcome = carry_out(batch, session, report, progress)
    if not dry:
        runs.step(run, "decide", "Deciding accounts that changed", at=timezone.now())
        settle(session, run, outcome, progress)
    return outcome


def execute(run: Run, *, now: Callable[[], datetime]) -> None:
    """The background task of an import or check that was started in the browser."""
    if not runs.start(run, at=now()):
        return
    with failing(run, now):
        batch = of_run(run)
        with import_reports.kept(run.pk) as reporter:
            outcome = perform(run, batch, report=keeper(run, reporter), progress=_teller(run, now))
        notes = [*batch.unreadable, *[(file.name, file.error) for file in outcome.files if file.error]]
        left_out = [*notes, *batch.left_out]
        imports_files.keep_outcome(run, [file.summary() for file in outcome.files], left_out, reporter.summary())
        runs.finish(run, at=now(), counts=outcome.totals())
        imports_files.tell(run, outcome.totals(), at=now())
        imports_files.remove_old(at=now())


@contextmanager
def failing(run: Run, now: Callable[[], datetime]) -> Iterator[None]:
    """A run that breaks says so; what it had written stands, and a repeat does the rest."""
    try:
        yield
    except Refused as refusal:
        runs.fail(run, refusal.sentence, at=now())
    except Exception:
        log.exception("Import %s broke", run.pk)
        runs.fail(run, "The import broke off. What was written stands; start it again and it does the rest.", at=now())


def _teller(run: Run, now: Callable[[], datetime]) -> Progress:
    last: list[datetime] = []

    def tell(_name: str, done: int, total: int) -> None:
        moment = now()
        if not last or (moment - last[-1]).total_seconds() >= 0.5 or done >= total:
            last[:] = [moment]
            runs.progress(run, done, at=moment, total=total)

    return tell


def keeper(run: Run, reporter: import_reports.Reporter) -> Report:
    """Everything goes to the run's file; the first refused rows also to its failures, for the pages."""

    def keep(name: str, problems: list[Problem]) -> None:
        room = runs.KEPT_FAILURES - reporter.cells["refused"]
        reporter.tell(name, problems)
        refused = [problem for problem in problems if problem.outcome == "refused"][: max(0, room)]
        rows = [
            RunFailure(run=run, file=name[:300], row=problem.row, column=problem.field[:200], value=problem.value[:500],
                       message=problem.sentence[:500])
            for problem in refused
        ]  # fmt: skip
        runs.add_failures(run, rows)

    return keep


# --- files uploaded in the browser


def of_run(run: Run) -> Batch:
    """The batch of files that a run is about."""
    files = list(Upload.objects.filter(owner=run.started_by, settings__batch=run.params.get("batch", "")).order_by("id"))
    return of_uploads(files)


def of_uploads(files: list[Upload]) -> Batch:
    """Open uploaded files as their owner chose. Raises Refused."""
    paths = {Path(settings.UPLOADS) / file.path: file.name for file in files}
    return import_plan.plan(list(paths), choice_of(files), paths)


def choice_of(files: list[Upload]) -> Choice:
    """What was chosen for uploaded files."""
    first = files[0].settings if files else {}
    tables: dict[str, list[FileMapping]] = {}
    for file in files:
        for name, mappings in file.settings.get("tables", {}).items():
            parsed = parse({"source": "x", "files": mappings}, name)
            tables[name] = list(parsed.files)
    as_of = first.get("as_of")
    return Choice(
        preset=first.get("preset", ""), source=first.get("source", ""), keep_unknown=bool(first.get("keep_unknown")),
        as_of=date.fromisoformat(as_of) if as_of else None, tables=tables,
    )  # fmt: skip


def begin_batch(files: list[Upload], *, actor: User, at: datetime, dry: bool) -> Run:
    """Queue the check or the import of uploaded files and hand it to the workers, both or neither. Raises Refused."""
    batch = of_uploads(files)
    if not batch.parts:
        raise Refused("None of the files can be imported.", "invalid", "file")
    with transaction.atomic():
        run = start(batch, choice_of(files), actor=actor, at=at, dry=dry, params={"batch": files[0].settings["batch"]})
        imports_files.bind(files, run, dry=dry)
        tasks.enqueue(run)
    return run


def readable() -> str:
    """The endings of files that can be read."""
    return ",".join(opening.READ)
