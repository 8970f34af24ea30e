"""Delivering: what a reader gets, and what becomes of mails that can't go."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from tenure.actions import activities, notices, outbox, preferences
from tenure.actions.notices import Letter
from tenure.models import Account, MailBlock, Notice, User
from tenure.queries import unsubscribe
from tenure.queries.preferences import Choice
from tenure.runs import deliver
from tests import mailserver
from tests.mailserver import Server
from tests.world import AT, World

MINUTE = timedelta(minutes=1)
TUESDAY = datetime(2026, 11, 17, 6, 30, tzinfo=UTC)


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    with mailserver.running() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.DEFAULT_FROM_EMAIL, settings.BOUNCES_TO = "Tenure <tenure@cs.example>", "bounces@cs.example"
        settings.BASE_URL = "https://tenure.example"
        yield running


def tell(world: World, *people: User, kind: str = "assignment") -> None:
    notices.queue(
        [Letter(user.pk, kind, "Le Hotel is yours", f"n:{user.pk}", "By Mona", "/accounts/4/") for user in people], at=AT
    )


def states() -> dict[str, tuple[str, str]]:
    rows = Notice.objects.filter(channel="mail").select_related("user")
    return {row.user.email if row.user else row.address: (row.state, row.problem) for row in rows}


def test_the_mail_has_both_forms_one_id_and_ways_out(world: World, server: Server) -> None:
    tell(world, world.tam)

    assert deliver.deliver(AT) == 1

    (got,) = server.mails
    stop = unsubscribe.token("assignment", world.tam.pk)
    assert server.envelopes == [("bounces@cs.example", ["tam@example.com"])]
    assert (got["From"], got["To"], got["Subject"]) == ("Tenure <tenure@cs.example>", "tam@example.com", "Le Hotel is yours")
    assert got["Message-ID"] == Notice.objects.get(channel="mail").message_id
    assert got["Message-ID"].endswith("@cs.example>")
    assert (got["Auto-Submitted"], got["List-Unsubscribe-Post"]) == ("auto-generated", "List-Unsubscribe=One-Click")
    assert got["List-Unsubscribe"].replace(" ", "") == f"<https://tenure.example/mail/stop/{stop}/one-click/>"
    text, html = (got.get_body((form,)).get_content() for form in ("plain", "html"))  # type: ignore[union-attr]
    assert text.splitlines()[:5] == ["Le Hotel is yours", "", "By Mona", "", "https://tenure.example/accounts/4/"]
    assert f"https://tenure.example/mail/stop/{stop}/" in text
    assert '<a href="https://tenure.example/accounts/4/">Open in Tenure</a>' in html
    assert "<img" not in html


def test_nothing_in_a_mail_is_mark_up_of_somebody_else(world: World) -> None:
    title = "<script>x</script>\r\nBcc: evil@example.com & {body}"
    notices.queue([Letter(world.tam.pk, "mention", title, "1", "<b>{settings_url}</b>")], at=AT)

    assert deliver.deliver(AT) == 1

    (sent,) = mail.outbox
    assert sent.subject == "<script>x</script> Bcc: evil@example.com & {body}"
    html = sent.alternatives[0][0]  # type: ignore[attr-defined]
    assert "<script" not in html
    assert "&lt;b&gt;{settings_url}&lt;/b&gt;" in html


def test_a_digest_has_all_its_items_and_goes_once(world: World) -> None:
    letters = [
        Letter(world.tam.pk, "cta", f"Call {name}", f"c:{name}", "Due today", "/ctas/1/") for name in ("Homeworld", "Funland")
    ]
    notices.queue(letters, at=AT)

    assert [deliver.deliver(AT), deliver.deliver(TUESDAY), deliver.deliver(TUESDAY + MINUTE)] == [0, 1, 0]

    (sent,) = mail.outbox
    assert (sent.subject, sent.to) == ("2 things in Tenure, 17 November 2026", ["tam@example.com"])
    assert "* Call Homeworld\n  Due today\n  http://127.0.0.1:8000/ctas/1/\n\n* Call Funland" in sent.body
    assert set(Notice.objects.filter(channel="mail").values_list("state", flat=True)) == {"delivered"}


def test_a_long_digest_tells_the_number_of_the_rest(world: World) -> None:
    notices.queue([Letter(world.tam.pk, "cta", f"Call {n}", f"c:{n}") for n in range(60)], at=AT)

    deliver.deliver(TUESDAY)

    assert mail.outbox[0].body.count("* Call") == 50
    assert "and 10 more in Tenure: http://127.0.0.1:8000/notices/" in mail.outbox[0].body


def test_an_address_that_does_not_exist_is_blocked_and_others_go(world: World, server: Server) -> None:
    server.rcpt["tam@example.com"] = "550 5.1.1 No such user"
    server.rcpt["mona@example.com"] = "550 5.7.1 Not welcome"
    server.rcpt["ari@example.com"] = "450 4.2.2 Mailbox full"
    server.data["fin@example.com"] = "554 5.6.0 Looks like spam"
    tell(world, world.tam, world.mona, world.ari, world.fin, world.sol)

    assert deliver.deliver(AT) == 1

    assert states() == {
        "tam@example.com": ("bounced", "Came back: 550 5.1.1 No such user"),
        "mona@example.com": ("failed", "The mail server refused it: 550 5.7.1 Not welcome"),
        "ari@example.com": ("queued", "The mail server said: 450 4.2.2 Mailbox full"),
        "fin@example.com": ("failed", "The mail server refused it: 554 5.6.0 Looks like spam"),
        "sol@example.com": ("delivered", ""),
    }
    assert list(MailBlock.objects.values_list("address", "reason", "note")) == [
        ("tam@example.com", "bounced", "550 5.1.1 No such user")
    ]


def test_nothing_goes_to_a_blocked_address_until_it_is_lifted(world: World) -> None:
    outbox.block("tam@example.com", "bounced", "550 5.1.1 No such user", at=AT)
    tell(world, world.tam)

    assert deliver.deliver(AT) == 0
    assert states() == {
        "tam@example.com": ("failed", "tam@example.com is blocked since a mail came back: 550 5.1.1 No such user")
    }

    outbox.lift(MailBlock.objects.get().pk, actor=world.ops, at=AT)
    outbox.send_again([Notice.objects.get(channel="mail").pk], actor=world.ops, at=AT)
    assert deliver.deliver(AT) == 1


def test_who_unsubscribed_outside_gets_none_of_that_kind_and_others_still(world: World) -> None:
    outbox.block("carol@homeworld.example", "unsubscribed", "By the link in a mail", kind="newsletter", at=AT)
    for kind in ("newsletter", "service"):
        notices.queue([Letter(None, kind, kind, kind, address="carol@homeworld.example")], at=AT)

    deliver.deliver(TUESDAY + timedelta(days=2))

    assert dict(Notice.objects.values_list("kind", "state"))["newsletter"] == "muted"
    assert not any(sent.subject == "newsletter" for sent in mail.outbox)


def test_a_closed_log_in_gets_no_mail(world: World) -> None:
    tell(world, world.tam)
    User.objects.filter(pk=world.tam.pk).update(is_active=False)

    assert deliver.deliver(AT) == 0
    assert states() == {"tam@example.com": ("failed", "The log-in of Tam Technical is closed")}


def test_quiet_hours_that_began_meanwhile_hold_a_mail(world: World) -> None:
    tell(world, world.tam)

    assert deliver.deliver(AT + timedelta(hours=11)) == 0
    row = Notice.objects.get(channel="mail")
    assert (row.state, row.next_try_at, row.attempts) == ("held", datetime(2026, 11, 17, 6, 0, tzinfo=UTC), 0)
    assert deliver.deliver(datetime(2026, 11, 17, 6, 0, tzinfo=UTC)) == 1


def test_a_broken_mail_server_is_tried_later_and_later_and_given_up(world: World, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    tell(world, world.tam, kind="run_failed")
    at, waits = AT, []

    for _ in range(6):
        assert deliver.deliver(at) == 0
        row = Notice.objects.get(channel="mail")
        waits.append((row.next_try_at - at) / MINUTE if row.next_try_at else None)
        at = row.next_try_at or at

    assert waits[5] is None
    assert [abs(wait / usual - 1) <= 0.2 for wait, usual in zip(waits[:5], (1, 5, 30, 120, 720), strict=True) if wait] == [
        True
    ] * 5
    assert (row.state, row.attempts) == ("failed", 6)
    assert row.problem.startswith("The mail server did not take it: ")


def test_what_failed_together_is_not_tried_together(world: World) -> None:
    waits = {deliver.wait(Notice(natural_key=f"mail:{n}", attempts=3)) for n in range(200)}

    assert (min(waits), max(waits)) == (24 * MINUTE, 36 * MINUTE)
    assert len(waits) == 41


def test_a_mail_that_cannot_be_made_does_not_stop_the_others(world: World) -> None:
    tell(world, world.tam, world.mona)
    Notice.objects.filter(user=world.tam, channel="mail").update(invitation='{"uid": 1}')

    assert deliver.deliver(AT) == 1
    assert states()["mona@example.com"] == ("delivered", "")
    assert states()["tam@example.com"] == ("queued", "The mail could not be made: KeyError: 'start'")


def test_one_whose_deliverer_always_dies_is_given_up(world: World) -> None:
    tell(world, world.tam)
    at = AT
    for n in range(6):
        row = Notice.objects.get(channel="mail")
        assert outbox.claim(row, by=f"dead {n}", at=at, lease=MINUTE, message_id="<1@x>")
        at += MINUTE

    assert deliver.deliver(at) == 0
    assert states() == {"tam@example.com": ("failed", "Whoever delivered it died, 6 times")}


def test_without_a_mail_server_a_mail_is_one_file_however_often_it_is_written(
    world: World, settings: Any, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "tenure.links.mail.files.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mails"
    tell(world, world.tam)

    assert deliver.deliver(AT) == 1
    Notice.objects.filter(channel="mail").update(state="queued")  # as if it had died before it could say so
    assert deliver.deliver(AT) == 1

    (file,) = (tmp_path / "mails").iterdir()
    assert (file.suffix, (tmp_path / "mails").stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (".eml", 0o700, 0o600)
    got = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (got["Subject"], got["To"]) == ("Le Hotel is yours", "tam@example.com")


def test_receipts_are_told_to_the_reader_where_they_are_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = deliver.handbook.pack()
    receipt = pack.notices.read_receipt
    assert receipt is not None
    assert not receipt.enabled
    object.__setattr__(receipt, "__dict__", receipt.__dict__ | {"enabled": True})
    try:
        tell(world, world.tam)
        deliver.deliver(AT)
    finally:
        object.__setattr__(receipt, "__dict__", receipt.__dict__ | {"enabled": False})

    sent = mail.outbox[0]
    assert receipt.sentence in sent.body
    token = unsubscribe.seen_token(Notice.objects.get(channel="mail").pk)
    assert f'<img src="http://127.0.0.1:8000/mail/seen/{token}.gif"' in sent.alternatives[0][0]  # type: ignore[attr-defined]


def plan(world: World, account: Account, when: datetime, **more: Any) -> Any:
    carol = account.contacts.order_by("id")[0]
    fields = {
        "kind": "call",
        "subject": "Cadence call",
        "happened_at": when,
        "minutes": 45,
        "participants": [world.mona],
        "attendees": [carol],
    }
    return activities.plan(account, {**fields, **more}, today=world.today, actor=world.tam, at=AT, invite=True)


def test_an_invitation_is_read_by_calendars(world: World, server: Server) -> None:
    preferences.change(world.mona, {"mention": Choice("never", True)}, at=AT)
    call = plan(world, world.homeworld, datetime(2026, 12, 3, 9, 0, tzinfo=UTC))

    assert deliver.deliver(AT) == 2

    by_reader = {got["To"]: got for got in server.mails}
    assert sorted(by_reader) == ["carol@homeworld.example", "mona@example.com"]
    got = by_reader["carol@homeworld.example"]
    assert (got["Subject"], got["Reply-To"], got["List-Unsubscribe"]) == ("Cadence call", "tam@example.com", None)
    parts = [
        (part.get_content_type(), part.get_param("method"), part.get_filename()) for part in got.walk() if not part.is_multipart()
    ]
    assert parts == [
        ("text/plain", None, None), ("text/html", None, None), ("text/calendar", "REQUEST", None), ("application/ics", None, "invitation.ics"),
    ]  # fmt: skip
    text = got.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert text.splitlines()[:2] == ["Cadence call", "Thursday, 3 December 2026, 10:00 to 10:45 (Europe/Berlin)"]
    assert call.series == f"activity-{call.pk}@tenure.example"
