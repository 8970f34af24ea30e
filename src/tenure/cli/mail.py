"""``tenure mail``: delivering the outbox by hand, mails that came back, a test of the mail server."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from tenure.cli import django_setup
from tenure.cli.ending import fail
from tenure.queries.cells import counted

mail = typer.Typer(name="mail", help="Mails: deliver, take in what came back, try the mail server.", no_args_is_help=True)
PIPE = Path("-")


def register(app: typer.Typer) -> None:
    """Attach the commands."""
    app.add_typer(mail)


@mail.callback()
def _group() -> None:
    """Mails: deliver, take in what came back, try the mail server."""


@mail.command()
def deliver() -> None:
    """Send what is due now, as the scheduler does by itself."""
    django_setup()
    now = import_module("django.utils.timezone").now()
    typer.echo(f"{counted(import_module('tenure.runs.deliver').deliver(now), 'mail')} sent.")


@mail.command()
def bounces(
    paths: Annotated[
        list[Path], typer.Argument(help="Mailboxes (mbox, Maildir), folders or files of mails that came back; - for a pipe.")
    ],
) -> None:
    """Take in mails that came back: their notices are marked, addresses that don't exist are blocked. A repeat changes nothing."""
    django_setup()
    links, runs = import_module("tenure.links.mail.bounces"), import_module("tenure.runs.bounces")
    now = import_module("django.utils.timezone").now()
    for path in paths:
        if path != PIPE and not path.exists():
            fail(f"{path} isn't there")
        messages = [links.one(sys.stdin.buffer)] if path == PIPE else links.read(path)
        counts = runs.take(messages, at=now)
        typer.echo(
            f"{path}: {counts['bounced']} came back, {counts['delayed']} delayed, {counts['known']} known already, "
            f"{counts['unknown']} of mails that Tenure didn't send, {counts['other']} other mails."
        )


@mail.command()
def test(address: Annotated[str, typer.Argument(help="Where to send a mail.")]) -> None:
    """Send one mail, to see whether the settings hold."""
    django_setup()
    django, settings = import_module("django.core.mail"), import_module("django.conf").settings
    try:
        django.send_mail("A test of Tenure", "This mail shows that Tenure can send mails.\n", None, [address])
    except OSError as error:  # smtplib's errors are such too
        typer.echo(f"Error: {settings.EMAIL_HOST}:{settings.EMAIL_PORT} did not take it: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(
        f"Sent by {settings.EMAIL_HOST}:{settings.EMAIL_PORT}."
        if settings.MAILS_LEAVE
        else f"Written to {settings.EMAIL_FILE_PATH}."
    )
