"""When a mail may go out: quiet hours, weekends, digests, and clocks that are put forward and back."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tenure.rules import notices
from tenure.rules.catalogues import Digest, NoticeBook, NoticeKind, QuietHours
from tenure.rules.notices import Plan

BERLIN, KATHMANDU, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/New_York")
NIGHT = QuietHours(**{"from": time(19), "until": time(7), "weekends": True})
NOON = QuietHours(**{"from": time(12), "until": time(13)})
DIGEST = Digest(at=time(7, 30), weekday=1)
KINDS = {key: NoticeKind(key=key, title=key, quiet=key != "alarm") for key in ("cta", "alarm")}
BOOK = NoticeBook(KINDS, {}, NIGHT, DIGEST)


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment of 2026; 16 November is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "until"),
    [
        (at(16, 9), BERLIN, None),  # Monday 10:00
        (at(16, 17, 59), BERLIN, None),  # 18:59
        (at(16, 18), BERLIN, at(17, 6)),  # 19:00, until 7:00 of the next day
        (at(16, 5, 59), BERLIN, at(16, 6)),  # 6:59
        (at(16, 6), BERLIN, None),  # 7:00 is no longer quiet
        (at(20, 18), BERLIN, at(23, 6)),  # Friday evening: the night, the weekend, Monday's early hours
        (at(21, 12), BERLIN, at(23, 6)),  # Saturday noon
        (at(16, 9), NEW_YORK, at(16, 12)),  # 4:00 there
        (at(16, 9), KATHMANDU, None),  # 14:45 there
        (at(16, 13, 15), KATHMANDU, at(17, 1, 15)),  # 19:00 there, until 7:00
    ],
)
def test_quiet_hours_are_those_of_the_readers_clock(moment: datetime, zone: ZoneInfo, until: datetime | None) -> None:
    assert notices.quiet_until(NIGHT, moment, zone) == until


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    assert notices.quiet_until(NOON, at(16, 11, 30), BERLIN) == at(16, 12)
    assert notices.quiet_until(NOON, at(21, 9), BERLIN) is None  # Saturday, but weekends aren't quiet
    assert notices.quiet_until(None, at(16, 2), BERLIN) is None


def test_quiet_hours_end_by_the_clock_when_it_is_changed_in_the_night() -> None:
    quiet = QuietHours(**{"from": time(19), "until": time(7)})

    assert notices.quiet_until(quiet, at(28, 20, month=3), BERLIN) == at(29, 5, month=3)  # summer time begins: 7:00 is 5:00 UTC
    assert notices.quiet_until(quiet, at(24, 20, month=10), BERLIN) == at(25, 6, month=10)  # and ends


@pytest.mark.parametrize(
    ("period", "moment", "goes"),
    [
        ("daily", at(16, 6, 29), at(16, 6, 30)),  # Monday 7:29
        ("daily", at(16, 6, 30), at(17, 6, 30)),  # not the one that goes just now
        ("daily", at(20, 9), at(23, 6, 30)),  # Friday: over the weekend
        ("weekly", at(16, 6, 30), at(23, 6, 30)),
        ("weekly", at(15, 9), at(16, 6, 30)),
    ],
)
def test_a_digest_goes_at_the_next_of_its_moments(period: str, moment: datetime, goes: datetime) -> None:
    assert notices.next_digest(DIGEST, NIGHT, period, moment, BERLIN) == goes


def test_what_becomes_of_a_mail() -> None:
    morning, evening = at(16, 9), at(16, 20)

    assert notices.plan(BOOK, "cta", "now", morning, BERLIN) == Plan("queued")
    assert notices.plan(BOOK, "cta", "now", evening, BERLIN) == Plan("held", at(17, 6))
    assert notices.plan(BOOK, "alarm", "now", evening, BERLIN) == Plan("queued")
    assert notices.plan(BOOK, "cta", "daily", morning, BERLIN) == Plan("held", at(17, 6, 30), "daily:2026-11-17")
    assert notices.plan(BOOK, "cta", "weekly", morning, BERLIN) == Plan("held", at(23, 6, 30), "weekly:2026-11-23")
    assert notices.plan(BOOK, "cta", "never", evening, BERLIN) == Plan("muted")
    assert notices.plan(BOOK, "cta", "daily", morning, NEW_YORK) == Plan("held", at(16, 12, 30), "daily:2026-11-16")


def test_a_handbook_without_times_sends_at_once_and_knows_every_kind() -> None:
    assert notices.plan(NoticeBook(), "anything", "daily", at(21, 2), BERLIN) == Plan("queued")
    assert notices.kind(NoticeBook(), "import_done").title == "Import done"


def test_the_end_of_quiet_hours_is_never_quiet_and_never_before_the_moment() -> None:
    start = at(1, 0)
    for step in range(24 * 21):
        moment = start + timedelta(hours=step, minutes=step % 60)
        for zone in (BERLIN, KATHMANDU, NEW_YORK):
            until = notices.quiet_until(NIGHT, moment, zone)
            if until is not None:
                assert until > moment
                assert notices.quiet_until(NIGHT, until, zone) is None
