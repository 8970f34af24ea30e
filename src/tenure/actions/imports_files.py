"""Files that people upload for an import, what they chose for them, saved mappings, and an import's own record."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import transaction

from tenure.actions import events, notices
from tenure.actions.notices import Letter
from tenure.actions.refusals import Refused
from tenure.models import ImportMapping, Run, Upload, User
from tenure.queries import visible
from tenure.queries.cells import counted

MOST_FILES = 50
KEPT_DAYS = 30


def _check(actor: User | None) -> None:
    if actor is not None and not visible.may(actor, "import.run"):
        raise Refused("You may not import files.", "not_allowed")


def limit_mb() -> int:
    """How large a file may be, in megabytes."""
    return int(settings.MAX_UPLOAD_BYTES // 1024 // 1024)


def upload(files: Sequence[File[bytes]], *, actor: User, at: datetime, batch: str = "") -> str:
    """Keep uploaded files as one batch and return its name. Raises Refused; then nothing is kept."""
    _check(actor)
    limit = settings.MAX_UPLOAD_BYTES
    if not files:
        raise Refused("No file was chosen.", "invalid", "files")
    if len(files) > MOST_FILES:
        raise Refused(f"At most {MOST_FILES} files go into one import. Pack them into a ZIP archive.", "invalid", "files")
    if sum(file.size or 0 for file in files) > limit:
        sentence = (
            f"The files are over {limit_mb()} MB together. Send fewer at a time, split them, or pack them into a ZIP archive."
        )
        raise Refused(sentence, "invalid", "files")
    for file in files:
        if not file.size:
            raise Refused(f"{file.name} is empty. Export it again.", "invalid", "files")
    batch = batch or secrets.token_urlsafe(9)
    folder = Path(settings.UPLOADS) / batch
    folder.mkdir(parents=True, exist_ok=True)
    with transaction.atomic():
        for number, file in enumerate(files, start=Upload.objects.filter(settings__batch=batch).count() + 1):
            path = folder / f"{number:03}{_ending(file.name or '')}"
            with path.open("wb") as out:
                for part in file.chunks():
                    out.write(part)
            row = Upload.objects.create(
                owner=actor, name=_unused(file.name or "file", batch), path=f"{batch}/{path.name}", size=file.size or 0, uploaded_at=at,
                settings={"batch": batch},
            )  # fmt: skip
            events.record("import.uploaded", "upload", row.pk, at=at, actor=actor, after={"name": row.name, "bytes": row.size})
    return batch


def _unused(name: str, batch: str) -> str:
    """The file's own name; numbered where the batch has one of that name."""
    path = Path(name.replace("\\", "/").replace("\x00", "")).name[:280] or "file"
    taken = set(Upload.objects.filter(settings__batch=batch).values_list("name", flat=True))
    names = (path, *(f"{Path(path).stem} ({number}){Path(path).suffix}" for number in range(2, MOST_FILES + 2)))
    return next(name for name in names if name not in taken)


def _ending(name: str) -> str:
    """The file's ending, harmless."""
    ending = Path(name).suffix.lower()
    return ending if ending[1:].isalnum() and len(ending) <= 6 else ".txt"


def describe(file: Upload, tables: list[dict[str, Any]], unreadable: list[str]) -> None:
    """Keep what the file's tables look like, so that pages needn't read it again."""
    file.settings = {**file.settings, "described": tables, "unreadable": unreadable}
    file.save(update_fields=["settings"])


def choose(files: Iterable[Upload], changes: dict[str, Any], *, actor: User) -> None:
    """Remember what was chosen for a batch: preset, source, as_of, keep_unknown. Raises Refused."""
    _check(actor)
    source = changes.get("source", "")
    if len(source) > 40:
        raise Refused("A source's name has at most 40 characters.", "invalid", "source")
    with transaction.atomic():
        for file in files:
            if "preset" in changes and changes["preset"] != file.settings.get("preset", ""):
                file.settings.pop("tables", None)
            file.settings = {**file.settings, **changes, "check": None}
            file.save(update_fields=["settings"])


def choose_table(file: Upload, table: str, mappings: list[dict[str, Any]], *, actor: User) -> None:
    """Remember how one table of a file is read; no mapping = it is left out. Raises Refused."""
    _check(actor)
    file.settings = {**file.settings, "tables": {**file.settings.get("tables", {}), table: mappings}, "check": None}
    file.save(update_fields=["settings"])


def bind(files: Iterable[Upload], run: Run, *, dry: bool) -> None:
    """Say which run checks or imports the files."""
    for file in files:
        if dry:
            file.settings = {**file.settings, "check": run.pk}
        else:
            file.run = run
        file.save(update_fields=["settings", "run"])


def discard(files: Sequence[Upload], *, actor: User, at: datetime) -> None:
    """Throw uploaded files away. Files of an import that ran stay until they are old. Raises Refused."""
    _check(actor)
    if any(file.run_id for file in files):
        raise Refused("These files were imported; their run keeps them.", "conflict")
    with transaction.atomic():
        for file in files:
            events.record("import.discarded", "upload", file.pk, at=at, actor=actor, before={"name": file.name})
            file.delete()
    for file in files:
        remove(file)


def remove(file: Upload) -> None:
    """Take a file off the disk."""
    path = Path(settings.UPLOADS) / file.path
    path.unlink(missing_ok=True)
    if path.parent.exists() and not any(path.parent.iterdir()):
        path.parent.rmdir()


def remove_old(*, at: datetime) -> int:
    """Delete uploads older than ``KEPT_DAYS`` and return how many."""
    old = list(Upload.objects.filter(uploaded_at__lt=at - timedelta(days=KEPT_DAYS)))
    for file in old:
        file.delete()
        remove(file)
    return len(old)


# --- saved mappings


def save_mapping(name: str, source: str, mapping: dict[str, Any], *, actor: User, at: datetime) -> ImportMapping:
    """Save a table's mapping under a name; the same name is overwritten. Raises Refused."""
    _check(actor)
    name = name.strip()
    if not name or len(name) > 200:
        raise Refused("A mapping has a name of at most 200 characters.", "invalid", "name")
    with transaction.atomic():
        row, made = ImportMapping.objects.update_or_create(
            name=name,
            defaults={"source": source[:40], "noun": mapping["noun"], "columns": mapping, "owner": actor, "updated_at": at},
        )
        verb = "mapping.created" if made else "mapping.updated"
        events.record(verb, "mapping", row.pk, at=at, actor=actor, after={"name": name, "noun": row.noun})
    return row


def delete_mapping(row: ImportMapping, *, actor: User, at: datetime) -> None:
    """Delete a saved mapping. Raises Refused."""
    _check(actor)
    with transaction.atomic():
        events.record("mapping.deleted", "mapping", row.pk, at=at, actor=actor, before={"name": row.name, "noun": row.noun})
        row.delete()


# --- an import's record


def lists_are_stale(run: Run) -> None:
    """From now on the run changes accounts, and the lists don't show it yet."""
    run.params = {**run.params, "lists": "stale"}
    run.save(update_fields=["params"])


def lists_are_current(*, at: datetime) -> None:
    """The lists show what every import so far changed."""
    for run in Run.objects.filter(kind="import", params__lists="stale", queued_at__lte=at):
        run.params = {**run.params, "lists": "current"}
        run.save(update_fields=["params"])


def keep_outcome(run: Run, files: list[dict[str, Any]], left_out: list[tuple[str, str]], told: dict[str, Any]) -> None:
    """Keep the counts by file, the files that were not imported with the reason, and the summary of what was told of rows."""
    kept = {"files": files, "left_out": [list(pair) for pair in left_out], "told": told}
    run.params = {**Run.objects.get(pk=run.pk).params, **kept}
    run.save(update_fields=["params"])


def tell(run: Run, counts: dict[str, int], *, at: datetime) -> None:
    """Tell who started an import that it is done."""
    if run.started_by_id is None or run.kind != "import":
        return
    changed = counts["created"] + counts["updated"] + counts["adopted"]
    said = f"{counted(changed, 'row')} changed" + (f", {counts['refused']:,} refused" if counts["refused"] else "")
    letter = Letter(
        run.started_by_id, "import_done", f"{run.title} is done", f"import.done:{run.pk}", said, f"/imports/runs/{run.pk}/"
    )
    notices.queue([letter], at=at)
