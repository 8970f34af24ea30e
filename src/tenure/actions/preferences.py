"""What people choose about notices: by mail at once, in a digest or never, in the application or not, their time zone."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from tenure.actions import events, outbox
from tenure.actions.refusals import Refused
from tenure.models import MailBlock, Notice, NoticePreference, User
from tenure.queries import handbook, preferences
from tenure.queries.preferences import Choice
from tenure.queries.unsubscribe import Stop, kinds
from tenure.rules import notices as rules

FIXED = "{} can't be switched off."


def change(user: User, choices: Mapping[str, Choice], *, at: datetime) -> int:
    """Save somebody's own choices by kind, and return how many differ from before. What equals the handbook's is not kept, so that
    it follows the handbook. Mails that wait already follow the new choice.

    Refused for a kind that the handbook doesn't know or that may not be switched off, and for a word that is no choice.
    """
    pack = handbook.pack()
    reader = preferences.reader(user, pack)
    changed: dict[str, Choice] = {}
    for key, choice in choices.items():
        kind = pack.notices.kinds.get(key)
        if kind is None or choice.mail not in rules.CHOICES:
            raise Refused("That can't be chosen.", field=key)
        if choice != reader.choice(kind):
            if not kind.mutable:
                raise Refused(FIXED.format(kind.title), "conflict", key)
            changed[key] = choice
    if not changed:
        return 0
    before = {key: reader.choice(pack.notices.kinds[key]) for key in changed}
    with transaction.atomic():
        for key, choice in changed.items():
            _keep(user, key, choice, Choice(pack.notices.kinds[key].mail, pack.notices.kinds[key].app))
        _follow(user, {key: choice.mail for key, choice in changed.items()}, at)
        events.record(
            "user.notices_chosen", "user", user.pk, at=at, actor=user,
            before={key: vars(one) for key, one in before.items()}, after={key: vars(one) for key, one in changed.items()},
        )  # fmt: skip
    return len(changed)


def stop(asked: Stop, *, at: datetime) -> int:
    """No more mails of what a link in a mail names; returns how many kinds end by it (0: they had already). Whoever has the link may:
    it can do nothing else."""
    pack = handbook.pack()
    if asked.user is None:
        return int(
            bool(asked.address) and outbox.block(asked.address, "unsubscribed", "By the link in a mail", kind=asked.kind, at=at)
        )
    reader = preferences.reader(asked.user, pack)
    known = [rules.kind(pack.notices, key) for key in kinds(asked, pack)]
    ended = {kind.key: Choice("never", reader.choice(kind).app) for kind in known if reader.choice(kind).mail != "never"}
    with transaction.atomic():
        for key, choice in ended.items():
            _keep(asked.user, key, choice, None)
        _follow(asked.user, dict.fromkeys(ended, "never"), at)
        if ended:
            events.record(
                "user.unsubscribed", "user", asked.user.pk, at=at, actor=None, after=sorted(ended), reason="Link in a mail"
            )
    return len(ended)


def resume(asked: Stop, *, at: datetime) -> None:
    """Take a stop of one kind back: the handbook's choice holds again. A digest that was stopped is chosen anew in the profile."""
    with transaction.atomic():
        if asked.user is None:
            ended, _ = MailBlock.objects.filter(address=asked.address.lower(), kind=asked.kind, reason="unsubscribed").delete()
        else:
            ended, _ = NoticePreference.objects.filter(user=asked.user, kind=asked.kind, mail="never").delete()
        if ended:
            object_id = asked.user.pk if asked.user else None
            events.record("user.resubscribed", "user", object_id, at=at, actor=None, after=[asked.kind], reason="Link in a mail")


def move(user: User, time_zone: str, *, at: datetime) -> bool:
    """Somebody's own time zone; blank = the region's. False when it is so already, refused for one that doesn't exist."""
    if time_zone and time_zone not in preferences.zones():
        raise Refused("There is no such time zone.", field="time_zone")
    if time_zone == user.time_zone:
        return False
    before = user.time_zone
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(time_zone=time_zone)
        user.time_zone = time_zone
        events.record(
            "user.changed", "user", user.pk, at=at, actor=user, before={"time_zone": before}, after={"time_zone": time_zone}
        )
    return True


def _keep(user: User, kind: str, choice: Choice, usual: Choice | None) -> None:
    if choice == usual:
        NoticePreference.objects.filter(user=user, kind=kind).delete()
    else:
        NoticePreference.objects.update_or_create(user=user, kind=kind, defaults={"mail": choice.mail, "app": choice.app})


def _follow(user: User, mails: Mapping[str, str], at: datetime) -> None:
    """What waits for its digest or the morning is planned anew by the new choice."""
    pack = handbook.pack()
    zone = preferences.zone_of(user, pack)
    for kind, choice in mails.items():
        planned = rules.plan(pack.notices, kind, choice, at, zone)
        waiting = Notice.objects.filter(user=user, kind=kind, channel="mail", state__in=("queued", "held"))
        waiting.update(state=planned.state, next_try_at=planned.at, digest=planned.digest)
