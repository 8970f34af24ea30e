"""``tenure log``: the event log."""

from importlib import import_module

import typer

from tenure.cli import django_setup

log = typer.Typer(name="log", help="The append-only log of everything that was changed.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Attach the commands."""
    app.add_typer(log)


@log.callback()
def _group() -> None:
    """The append-only log of everything that was changed."""


@log.command()
def verify() -> None:
    """Prove that nobody changed, added or took out an event: recompute the chain of hashes. Status 1 when it is broken."""
    django_setup()
    state = import_module("tenure.queries.events").verify()
    if state.broken_at is None:
        typer.echo(f"The log holds: {state.events:,} events, each linked to the one before.")
        return
    typer.echo(f"The log is broken at event {state.broken_at}: {state.reason}. {state.events:,} events before it hold.", err=True)
    raise typer.Exit(1)
