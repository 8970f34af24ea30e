"""Mails that came back: DSNs of several mail servers, what they change, and what they can't."""

import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tenure.actions import notices
from tenure.actions.notices import Letter
from tenure.links.mail import bounces as links
from tenure.models import Event, MailBlock, Notice
from tenure.runs import bounces, deliver
from tests.world import AT, World

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: bounces@cs.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="2F7A.1763287200/mx.example"

This is a MIME-encapsulated message.

--2F7A.1763287200/mx.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--2F7A.1763287200/mx.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
X-Postfix-Sender: rfc822; bounces@cs.example
Arrival-Date: Mon, 16 Nov 2026 10:00:00 +0100 (CET)

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example
Diagnostic-Code: smtp; 550 5.1.1 <tam@example.com>: Recipient address
    rejected: User unknown

--2F7A.1763287200/mx.example
{original}
--2F7A.1763287200/mx.example--
"""
HEAD = "Message-ID: {}\nSubject: Le Hotel is yours\nFrom: tenure@cs.example\n"
WHOLE = f"Content-Type: message/rfc822\n\n{HEAD}\nBy Mona\n"
ONLY_HEAD = f"Content-Type: text/rfc822-headers\n\n{HEAD}"


def report(
    message_id: str, address: str = "tam@example.com", action: str = "failed", status: str = "5.1.1", whole: bool = True
) -> bytes:
    """A delivery status notification (RFC 3464) as Postfix writes it; ``whole``: with the mail, else with its head only."""
    original = (WHOLE if whole else ONLY_HEAD).format(message_id)
    return REPORT.format(address=address, action=action, status=status, original=original).encode()


@pytest.fixture
def sent(world: World) -> Notice:
    """A mail that went to Tam."""
    notices.queue([Letter(world.tam.pk, "assignment", "Le Hotel is yours", "1")], at=AT)
    deliver.deliver(AT)
    return Notice.objects.get(channel="mail")


def take(tmp_path: Path, *raw: bytes) -> dict[str, int]:
    """Take in these messages, from an mbox file."""
    box = tmp_path / "bounces"
    box.write_bytes(
        b"".join(b"From MAILER-DAEMON Mon Nov 16 10:00:00 2026\n" + one.replace(b"\nFrom ", b"\n>From ") + b"\n\n" for one in raw)
    )
    return {told: count for told, count in bounces.take(links.read(box), at=AT).items() if count}


def state(notice: Notice) -> tuple[str, str]:
    found = Notice.objects.get(pk=notice.pk)
    return found.state, found.problem


@pytest.mark.parametrize("whole", [True, False], ids=["with the mail", "with its head"])
def test_a_bounce_marks_the_mail_and_blocks_the_address_once(sent: Notice, tmp_path: Path, whole: bool) -> None:
    raw = report(sent.message_id, whole=whole)

    assert take(tmp_path, raw, raw) == {"bounced": 1, "known": 1}

    said = "5.1.1 550 5.1.1 <tam@example.com>: Recipient address rejected: User unknown"
    assert state(sent) == ("bounced", f"Came back: {said}")
    assert list(MailBlock.objects.values_list("address", "reason", "note")) == [("tam@example.com", "bounced", said)]
    assert list(Event.objects.filter(verb__in=["mail.blocked", "notice.bounced"]).order_by("id").values_list("verb", "actor")) == [
        ("mail.blocked", None), ("notice.bounced", None),
    ]  # fmt: skip


def test_a_delay_is_told_and_blocks_nothing(sent: Notice, tmp_path: Path) -> None:
    assert take(tmp_path, report(sent.message_id, action="delayed", status="4.4.1")) == {"delayed": 1}
    assert take(tmp_path, report(sent.message_id, action="delayed", status="4.4.1")) == {"known": 1}

    assert state(sent)[0] == "delivered"
    assert state(sent)[1].startswith("Delayed: 4.4.1 550")
    assert MailBlock.objects.count() == 0


@pytest.mark.parametrize(("status", "blocked"), [("5.1.1", 1), ("5.0.0", 1), ("5.2.2", 0), ("5.7.1", 0), ("4.4.7", 0)])
def test_only_an_address_that_is_at_fault_is_blocked(sent: Notice, tmp_path: Path, status: str, blocked: int) -> None:
    assert take(tmp_path, report(sent.message_id, status=status)) == {"bounced": 1}

    assert (state(sent)[0], MailBlock.objects.count()) == ("bounced", blocked)


@pytest.mark.parametrize(
    ("message_id", "address"),
    [("<guessed@example.com>", "tam@example.com"), ("", "tam@example.com"), (None, "mona@example.com")],
    ids=["another id", "no id", "another address"],
)
def test_nobody_closes_an_address_without_the_mail(sent: Notice, tmp_path: Path, message_id: str | None, address: str) -> None:
    raw = report(sent.message_id if message_id is None else message_id, address)

    assert take(tmp_path, raw) == {"unknown": 1}
    assert (state(sent), MailBlock.objects.count()) == (("delivered", ""), 0)


def test_other_mails_and_reports_of_success_change_nothing(sent: Notice, tmp_path: Path) -> None:
    away = EmailMessage()
    away["Subject"], away["Auto-Submitted"], away["In-Reply-To"] = "Out of office", "auto-replied", sent.message_id
    away.set_content("Back on Monday")

    assert take(
        tmp_path, away.as_bytes(), report(sent.message_id, action="delivered", status="2.0.0"), b"\xff\xfe no mail at all"
    ) == {"other": 3}
    assert state(sent) == ("delivered", "")


def test_an_empty_mailbox_a_folder_a_maildir_and_one_message_are_read(sent: Notice, tmp_path: Path) -> None:
    raw = report(sent.message_id)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "one.eml").write_bytes(raw)
    folder, maildir = tmp_path / "folder", tmp_path / "maildir"
    folder.mkdir()
    (folder / "a.eml").write_bytes(raw)
    (folder / "notes.md").write_text("not a mail")
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    (maildir / "new" / "1.host").write_bytes(raw)

    found = {
        name: [links.parse(one) for one in links.read(tmp_path / name)] for name in ("empty", "one.eml", "folder", "maildir")
    }

    assert {name: [[bounce.address for bounce in one] for one in many] for name, many in found.items()} == {
        "empty": [[]], "one.eml": [["tam@example.com"]], "folder": [["tam@example.com"]], "maildir": [["tam@example.com"]],
    }  # fmt: skip


def test_the_command_says_what_is_wrong_with_a_path() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tenure", "mail", "bounces", "/nowhere/at/all"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr.strip()) == (2, "Error: /nowhere/at/all isn't there")


def test_the_words_of_a_server_are_kept_short(sent: Notice, tmp_path: Path, settings: Any) -> None:
    take(tmp_path, report(sent.message_id, status="5.1.1").replace(b"User unknown", b"User unknown " + b"x" * 900))

    assert len(state(sent)[1]) == 500
    assert len(MailBlock.objects.get().note) == 500
