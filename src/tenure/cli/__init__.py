"""The ``tenure`` command. Commands without a database (decide, handbook) never import Django."""

import os
import sys
from importlib import import_module

import typer

from tenure.rules.errors import PackError

UNUSABLE = "the handbook cannot be used:\n{}"

app = typer.Typer(
    name="tenure",
    help="Run a customer-success handbook: import facts, decide by dated rules, plan, apply, and serve the web application.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def django_setup() -> None:
    """Start Django once. Commands that need the database call this first."""
    import django  # noqa: PLC0415 - commands without a database never load it

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")
    django.setup()


def mount() -> None:
    """Attach the commands: each module under ``tenure.cli`` has ``register(app)``."""
    for name in ("decide", "handbook", "importing", "loop", "serve", "demo", "log", "mail", "profiles", "users"):
        module = import_module(f"tenure.cli.{name}")
        module.register(app)


def main() -> None:
    """Entry point: a user's mistake, a broken handbook or a missing database ends with a sentence and status 2, never a traceback."""
    mount()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if not (told := trouble(error)):
            raise
        typer.echo(f"Error: {told}", err=True)
        sys.exit(2)


def trouble(error: Exception) -> str:
    """What a person at the command line can mend, in words; empty for an error of ours."""
    if isinstance(error, PackError):
        return UNUSABLE.format(error)
    if any(kind.__module__ == "tenure.actions.refusals" for kind in type(error).__mro__):
        return str(getattr(error, "sentence", error))
    return _database_trouble(str(error).strip()) if type(error).__module__.startswith("django.db") else ""


def _database_trouble(said: str) -> str:
    """What a database error means to the person at the command line."""
    if "no such table" in said or "no such column" in said or "does not exist" in said:
        return "there is no database yet, or one of an earlier version: run `tenure migrate`"
    return f"the database reports: {said}"
