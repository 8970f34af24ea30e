"""What commands share: how to print, how to read a day and a handbook, and how to end over a user's mistake."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, NoReturn

import typer
from rich.table import Table

from tenure.cli import UNUSABLE
from tenure.rules.errors import PackError
from tenure.rules.packs import Pack, load


class Format(StrEnum):
    """How to print."""

    table = "table"
    json = "json"
    csv = "csv"


def form(text: str) -> Format:
    """A word of the command line as a format."""
    try:
        return Format(text.casefold())
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not one of {', '.join(Format)}.") from None


How = Annotated[Format, typer.Option("--format", metavar=f"[{'|'.join(Format)}]", parser=form, help="How to print.")]


def fail(message: str) -> NoReturn:
    """End with a sentence for the user and status 2."""
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(2)


def open_pack(handbook: str) -> Pack:
    """The pack in a folder (empty: the shipped one), or the end with its errors."""
    try:
        return load(handbook or None)
    except PackError as error:
        fail(UNUSABLE.format(error))
    except OSError as error:
        fail(f"the handbook cannot be read: {error}")


def folded(*headings: str, title: str = "") -> Table:
    """A table whose long words go on in the next line instead of being cut off."""
    table = Table(title=title or None, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def parse_day(text: str) -> date:
    """A day in ISO form (empty: today), or the end."""
    if not text:
        return date.today()  # noqa: DTZ011 - the command line is where the day enters
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"'{text}' is not a date like 2020-01-31")
