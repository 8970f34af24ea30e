"""``tenure users``: people from the command line, for whoever runs the server."""

import csv
import io
import json
from datetime import UTC, datetime
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from tenure.cli import django_setup
from tenure.cli.ending import Format, How, folded

app = typer.Typer(help="Add, list and close people's log-ins.", no_args_is_help=True)
console = Console(stderr=True, highlight=False)
HEADS = ("email", "name", "roles", "region", "state", "last_login")
Email = Annotated[str, typer.Argument(help="The person's mail address.")]


def register(parent: typer.Typer) -> None:
    """Attach the commands."""
    parent.add_typer(app, name="users")


@app.command("list")
def list_(
    role: Annotated[str, typer.Option(help="Only people with this role, for example tam.")] = "",
    format: How = Format.table,  # noqa: A002
) -> None:
    """Show everybody: roles, region, and whether they can log in."""
    django_setup()
    users = import_module("tenure.models").User.objects.prefetch_related("roles").order_by("email")
    rows = [_row(user) for user in (users.filter(roles__role=role) if role else users)]
    if format is Format.json:
        typer.echo(json.dumps(rows, indent=1))
    elif format is Format.csv:
        out = io.StringIO()
        writer = csv.DictWriter(out, HEADS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        typer.echo(out.getvalue(), nl=False)
    else:
        table = folded(*HEADS)
        table.columns[0].min_width = max((len(row["email"]) for row in rows), default=0)
        for row in rows:
            table.add_row(*row.values())
        Console(highlight=False).print(table)


@app.command()
def add(
    email: Email,
    name: Annotated[str, typer.Option(help="Full name.")],
    role: Annotated[
        list[str] | None, typer.Option(help="A role; give it again for further ones. The first is the main role.")
    ] = None,
    title: Annotated[str, typer.Option(help="Job title.")] = "",
    region: Annotated[str, typer.Option(help="A region of the handbook.")] = "",
) -> None:
    """Add a person and print the link by which they set a password."""
    django_setup()
    import_module("tenure.queries.handbook").pack()  # a broken handbook names no roles: say so, not that the role is unknown
    actions = import_module("tenure.actions.users")
    profile = actions.Profile(email, name, title, region, tuple(role or ()))
    user = _do(lambda: actions.create(profile, actor=None, at=datetime.now(UTC)))
    console.print(f"Added {user.name}. The link works once, for three days:")
    typer.echo(_link(user))


@app.command()
def reset(
    email: Email,
    second_step: Annotated[bool, typer.Option("--second-step", help="Also turn the second step of log-in off.")] = False,
) -> None:
    """Print a link by which a person sets a new password."""
    django_setup()
    user = _user(email)
    if second_step:
        import_module("tenure.actions.two_step").reset(user, actor=None, at=datetime.now(UTC))
    console.print(f"For {user.name}. The link works once, for three days:")
    typer.echo(_link(user))


@app.command()
def deactivate(email: Email) -> None:
    """Close a person's log-in and end their sessions; what they did stays."""
    django_setup()
    user = _user(email)
    work = import_module("tenure.queries.users").open_work(user).count()
    _do(lambda: import_module("tenure.actions.users").deactivate(user, actor=None, at=datetime.now(UTC)))
    console.print(f"The log-in of {user.name} is closed." + (f" {work} open assignments stay with them." if work else ""))


def _row(user: Any) -> dict[str, str]:
    state = "closed" if not user.is_active else "active" if user.has_usable_password() else "invited"
    last = user.last_login.isoformat(timespec="minutes") if user.last_login else ""
    return dict(zip(HEADS, (user.email, user.name, ", ".join(user.role_keys), user.region, state, last), strict=True))


def _user(email: str) -> Any:
    found = import_module("tenure.models").User.objects.filter(email__iexact=email.strip()).first()
    return found or _fail(f"Nobody has the mail address {email}.")


def _link(user: Any) -> str:
    """The address where the person sets a password; the Event says that it was made."""
    passwords = import_module("tenure.runs.passwords")
    _do(lambda: passwords.invite(user, actor=None, at=datetime.now(UTC)))
    return str(passwords.address(user))


def _do(action: Any) -> Any:
    """Carry out an action; a refusal is a sentence and status 2."""
    refused = import_module("tenure.actions.refusals").Refused
    try:
        return action()
    except refused as refusal:
        _fail(refusal.sentence)


def _fail(sentence: str) -> NoReturn:
    console.print(sentence)
    raise typer.Exit(2)
