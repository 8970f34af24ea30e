"""``tenure mail``."""

from pathlib import Path
from typing import Any

import typer
from django.core import mail as sent
from typer.testing import CliRunner, Result

from tenure.actions import notices
from tenure.actions.notices import Letter
from tenure.cli import mail
from tenure.models import MailBlock, Notice
from tenure.runs import deliver
from tests.actions.test_bounces import report
from tests.world import AT, World

app = typer.Typer()
mail.register(app)


def run(*args: str, **more: Any) -> Result:
    return CliRunner().invoke(app, ["mail", *args], **more)


def test_a_test_mail_says_where_it_went(settings: Any) -> None:
    assert run("test", "ada@example.com").stdout == f"Written to {settings.EMAIL_FILE_PATH}.\n"
    assert [letter.to for letter in sent.outbox] == [["ada@example.com"]]


def test_a_mail_server_that_does_not_answer_is_a_sentence(settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        1,
    )

    done = run("test", "ada@example.com")

    assert done.exit_code == 1
    assert done.stderr.startswith("Error: 127.0.0.1:1 did not take it: ")


def test_what_is_due_is_delivered_by_hand(world: World, clock: None) -> None:
    notices.queue([Letter(world.tam.pk, "assignment", "Le Hotel is yours", "1")], at=AT)

    assert [run("deliver").stdout for _ in range(2)] == ["1 mail sent.\n", "0 mails sent.\n"]


def test_a_bounce_comes_by_a_pipe_and_from_a_box(world: World, clock: None, tmp_path: Path) -> None:
    notices.queue([Letter(world.tam.pk, "assignment", "Le Hotel is yours", "1")], at=AT)
    deliver.deliver(AT)
    raw = report(Notice.objects.get(channel="mail").message_id)
    (tmp_path / "one.eml").write_bytes(raw)

    piped, boxed = run("bounces", "-", input=raw), run("bounces", str(tmp_path))

    rest = "0 of mails that Tenure didn't send, 0 other mails."
    assert piped.stdout == f"-: 1 came back, 0 delayed, 0 known already, {rest}\n"
    assert boxed.stdout == f"{tmp_path}: 0 came back, 0 delayed, 1 known already, {rest}\n"
    assert MailBlock.objects.get().address == "tam@example.com"


def test_a_box_that_is_not_there_is_a_sentence_and_nothing_is_taken_in(world: World, tmp_path: Path) -> None:
    done = run("bounces", str(tmp_path / "none"))

    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"Error: {tmp_path / 'none'} isn't there\n")
    assert MailBlock.objects.count() == 0
