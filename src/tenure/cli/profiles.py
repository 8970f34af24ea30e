"""``tenure profile``: the business and technical profiles of customers as files, out and in."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from tenure.cli import django_setup
from tenure.cli.ending import fail
from tenure.queries.cells import counted

profile = typer.Typer(name="profile", help="The profiles of customers: export and import.", no_args_is_help=True)
SHOWN = 20  # bad rows


def register(app: typer.Typer) -> None:
    """Attach the commands."""
    app.add_typer(profile)


@profile.callback()
def _group() -> None:
    """The profiles of customers: export and import."""


@profile.command("export")
def export(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="FILE.csv, FILE.xlsx, FILE.md or FILE.json.")],
    account: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this account; may be given again.")] = None,
) -> None:
    """Write every value that holds, with its source, day and confidence, one row each."""
    django_setup()
    files, queries = import_module("tenure.links.files.profiles"), import_module("tenure.queries.profiles_files")
    form = target.suffix.lower().removeprefix(".")
    if form not in files.FORMS:
        fail(f"{target.name} ends in none of .csv, .xlsx, .md, .json")
    rows = list(queries.rows(_accounts(account or [])))
    try:
        target.write_bytes(files.table(form, queries.HEADER, rows, "Profiles"))
    except OSError as error:
        fail(f"{target} can't be written: {error.strerror or error}")
    typer.echo(f"{counted(len(rows), 'value')} in {target}.")


@profile.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A file as `tenure profile export` writes it, or one like it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come of it, write nothing.")] = False,
    by: Annotated[
        str, typer.Option(metavar="E-MAIL", help="Whose rights hold, and who is its author. Default: Tenure itself.")
    ] = "",
) -> None:
    """Take values in: columns Account or Account id, Field, Value; where there Learnt on, Source, Confidence, Note.

    The same file again changes nothing. A row that can't be taken is told and doesn't stop the others. Exit status 1 where there was one, 2
    for a file that can't be read.
    """
    django_setup()
    files, queries = import_module("tenure.links.files.profiles"), import_module("tenure.queries.profiles_files")
    actions, clock = import_module("tenure.actions.profiles_import"), import_module("tenure.queries.clock")
    if not source.is_file():
        fail(f"{source} isn't there")
    now = import_module("django.utils.timezone").now()
    lines = files.read(source, source.name, queries.NEEDED, files.LIMIT * 10)
    rows = [(line.number, line.cells) for line in lines if not line.problem]
    found = actions.take(rows, today=clock.day_of(now), actor=_person(by), at=now, dry_run=dry_run)
    found.bad = [*(actions.Bad(line.number, "", "", line.problem) for line in lines if line.problem), *found.bad]
    told = f"{found.new} new, {found.confirmed} confirmed, {found.unchanged} unchanged, {len(found.bad)} refused"
    typer.echo(f"{source.name}: {told}.{' Nothing was written.' if dry_run else ''}")
    for one in sorted(found.bad, key=lambda bad: bad.row)[:SHOWN]:
        typer.echo(f"  row {one.row}, {one.account or 'no account'}, {one.field or 'no field'}: {one.sentence}", err=True)
    if len(found.bad) > SHOWN:
        typer.echo(f"  and {len(found.bad) - SHOWN} more.", err=True)
    sys.exit(1 if found.bad else 0)


def _accounts(names: list[str]) -> Any:
    """The accounts of these names, or all, by name. Ends the command for a name that isn't there."""
    rows = import_module("tenure.models").Account.objects.filter(deleted_at=None).order_by("name", "pk")
    found = [row for name in names for row in rows.filter(name__iexact=name)]
    known = {row.name.casefold() for row in found}
    for name in names:
        if name.casefold() not in known:
            fail(f"there is no account {name}")
    return found if names else rows


def _person(address: str) -> Any:
    """The user of an address; None for none. Ends the command where there is no such person."""
    if not address:
        return None
    user = import_module("tenure.models").User.objects.filter(email__iexact=address, is_active=True).first()
    if user is None:
        fail(f"nobody active has the address {address}")
    return user
