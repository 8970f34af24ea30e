"""``tenure log``: the event log."""

from importlib import import_module
from typing import Annotated

import typer

from tenure.cli import django_setup
from tenure.cli.ending import fail

log = typer.Typer(name="log", help="The append-only log of everything that was changed.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Attach the commands."""
    app.add_typer(log)


@log.callback()
def _group() -> None:
    """The append-only log of everything that was changed."""


@log.command()
def verify(
    head: Annotated[
        list[str] | None,
        typer.Option(metavar="SEQ:HASH", help="A head that `tenure log head` printed: it must still be in the log."),
    ] = None,
) -> None:
    """Prove that nobody changed, added or took out an event: recompute the chain of hashes. Status 1 when it is broken."""
    django_setup()
    events = import_module("tenure.queries.events")
    try:
        heads = [events.read_head(text, "whoever kept that head") for text in head or ()]
    except ValueError as error:
        fail(str(error))
    state = events.verify(heads)
    typer.echo(state.sentence, err=state.broken_at is not None)
    if state.broken_at is not None:
        raise typer.Exit(1)


@log.command()
def head() -> None:
    """Print number and hash of the newest event. Keep it outside of this machine: `tenure log verify --head` finds it again."""
    django_setup()
    typer.echo(import_module("tenure.queries.events").head())
