"""``tenure demo``: build the demo company and serve it."""

import os
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tenure.cli import serve as serving

console = Console(stderr=True)
MOST = 1_000_000
REAL = (
    "{where} holds people or accounts that are not the demo company's: nothing was changed. "
    "Use --home DIR to build the demo company somewhere else."
)


def register(app: typer.Typer) -> None:
    """Attach the command."""
    app.command("demo")(demo)


def demo(
    accounts: Annotated[
        int, typer.Option(min=7, max=MOST, help="Size of the book, up to a million; above 20,000 with less of a past.")
    ] = 1000,
    seed: Annotated[int, typer.Option(min=1, help="Another seed gives another company around the same seven examples.")] = 1,
    home: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for it, instead of TENURE_HOME.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to serve it.")] = 8000,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it afterwards, or only build it.")] = True,
) -> None:
    """Build a company with two years behind it, invented but believable, and serve it. The same seed gives the same company."""
    if home:
        os.environ["TENURE_HOME"] = str(home.expanduser().resolve())
    serving.migrate()
    building = import_module("tenure.runs.demo")
    import_module("tenure.queries.handbook").pack()  # a broken handbook is told before anything is built
    found = building.state()
    if found == "real":
        console.print(REAL.format(where=_where()))
        raise typer.Exit(2)
    if found == "demo":
        console.print(f"The demo company is there already, in {_where()}.")
    else:
        _build(building, accounts, seed, again=found == "unfinished")
    _tell(building)
    if serve:
        serving.serve(port=port)


def _where() -> str:
    """The database in words; no password."""
    settings = import_module("django.conf").settings
    entry: dict[str, Any] = settings.DATABASES["default"]
    return str(entry["NAME"]) if entry["ENGINE"].endswith("sqlite3") else f"the database {entry['NAME']} on {entry['HOST']}"


def _build(building: Any, accounts: int, seed: int, again: bool) -> None:
    """Build with a bar; what a killed build left is taken up with its own size and seed."""
    run = building.start(accounts, seed)
    if again:
        console.print(f"Taking up the demo company of {run.params['accounts']:,} accounts where it was left.")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task("Building the demo company", total=None)
        building.build(run, lambda title, done, total: bars.update(bar, description=title, completed=done, total=total))
    console.print(f"Built a demo company of {run.params['accounts']:,} accounts in {_where()}.")


def _tell(building: Any) -> None:
    """Who can log in."""
    table = Table("log-in", "who", title="Log-ins of the demo company", title_justify="left")
    for email, title in building.log_ins():
        table.add_row(email, title)
    console.print(table)
    console.print(
        f"The password of everybody is [bold]{building.PASSWORD}[/bold]. The data are invented: never put real ones in here."
    )
    settings = import_module("django.conf").settings
    if not settings.MAILS_LEAVE:
        console.print(f"Mails are files in {settings.EMAIL_FILE_PATH}.", soft_wrap=True)
