"""Beginning a hand-over: who gives and takes, the playbook that goes with it, and the incoming TAM on the team."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from tenure.actions import cascades_writing, events, playbooks, playbooks_undo
from tenure.actions import handovers_writing as writing
from tenure.actions.handovers_telling import day, tell
from tenure.actions.refusals import Refused
from tenure.models import Account, Assignment, HandOver, Opportunity, PlaybookUse, User
from tenure.queries import handbook, handovers_people, handovers_work, journeys, roles, visible
from tenure.queries import playbooks as playbook_queries
from tenure.queries.handovers_people import INCOMING
from tenure.queries.opportunities import title_of
from tenure.rules.journey import HandOverShape

MOVE, CLOSE = "move", "close"
LATEST = 366
REASON = "Takes the account over"


@dataclass(frozen=True)
class Options:
    """What a hand-over from TAM to TAM or a disengagement may say besides. ``children``: the accounts below that have the same TAM, and that
    who begins it sees, go along; ``manager`` is the new TAM's; ``open_work``: what becomes of the TAM's open work where nobody follows: move | close."""

    children: bool = False
    manager: User | None = None
    shadow_from: date | None = None
    shadow_until: date | None = None
    open_work: str = MOVE

    def kept(self, children: Iterable[Account]) -> dict[str, Any]:
        """As it is kept with the hand-over; ``children``: the accounts below that go along."""
        shadow = {"shadow": [str(self.shadow_from), str(self.shadow_until)]} if self.shadow_from and self.shadow_until else {}
        return {"children": [row.pk for row in children], "open_work": self.open_work, **shadow}


def start(
    account: Account, kind: str, *, today: date, actor: User | None, at: datetime, giver: User | None = None, taker: User | None = None,
    opportunity: Opportunity | None = None, due_on: date | None = None, note: str = "", options: Options | None = None,
) -> HandOver:  # fmt: skip
    """Begin a hand-over by the handbook of today. Giver and taker are who has the roles on the account, unless named. From TAM to TAM the
    taker is needed, joins the team as incoming TAM, and the playbook is put to work. A sale's may begin before the deal is won, from the stage that
    the handbook names; where nobody takes it yet, those who name the TAM are asked. One open one for each account and kind. Raises Refused."""
    shape, options = _shape(kind, today), options or Options()
    with transaction.atomic():
        if shape.playbook:
            cascades_writing.lock()
        writing.check_account(actor, account)
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        check_alone(account, kind, shape)
        team = handovers_people.teams([account.pk], today)[account.pk]
        giver = giver or handovers_people.giver(shape, team, opportunity)
        taker = taker or handovers_people.taker(shape, team)
        _check_people(shape, account, giver, taker)
        due = due_on or due_day(shape, options.shadow_until, opportunity, today)
        check_options(shape, due, options, today)
        check_due(due, today)
        below = handovers_work.below(account, giver.pk, actor) if options.children and giver else []
        row = HandOver(
            account=account, kind=kind, edition=shape.start, plan=journeys.plans([account.pk], today).get(account.pk, ""), opportunity=opportunity,
            giver=giver, taker=taker, started_on=today, due_on=due, note=writing.text(note, "note", writing.NOTE), because=options.kept(below),
            created_by=actor, created_at=at, updated_at=at,
        )  # fmt: skip
        asked = _asked(row, shape, today)
        row.save()
        follow_team(row, today=today, actor=actor, at=at)
        own_play = _play(row, shape, options, today, actor, at)
        writing.write(
            row, {}, "started", today=today, actor=actor, at=at, more={"start": True, "own_play": own_play},
            told={"kind": row.kind, "giver": giver.name if giver else None, "taker": taker.name if taker else None, "due_on": due},
        )  # fmt: skip
        wanted = "" if taker else f"Nobody takes it over yet; wanted: {roles.title(shape.taker, handbook.pack()).lower()}. "
        tell(row, "started", f"{shape.title}. {wanted}{asked}To be done by {day(due)}.", actor=actor, at=at)
    return row


def take_back(row: HandOver, own_play: bool, *, today: date, actor: User, at: datetime) -> None:
    """Take a beginning back: nothing of it is left but what the log tells. Raises Refused where anything has been done with it."""
    if row.natural_key:
        raise Refused("The handbook began it: call it off with a reason.", "conflict")
    if row.state != "preparing" or row.updated_at != row.created_at or row.items.exists():
        raise Refused(writing.CHANGED, "conflict")
    if own_play and row.playbook_use_id:
        use = PlaybookUse.objects.select_related("version").get(pk=row.playbook_use_id)
        if use.status == "active":
            playbooks_undo.apply(use.version.key, use.applied_at, actor=actor, at=at)
    row.is_open = False
    follow_team(row, today=today, actor=actor, at=at)
    events.record("handover.withdrawn", "handover", row.pk, at=at, actor=actor, account_id=row.account_id)
    row.delete()


def follow_team(row: HandOver, *, today: date, actor: User | None, at: datetime) -> None:
    """Have whoever takes an account over from another TAM on its team as incoming TAM for as long as the hand-over goes on, so that they
    see it and can work on it. Call after every change of a hand-over from TAM to TAM."""
    if row.kind != "tam":
        return
    wanted = row.taker_id if row.is_open else None
    entries = []
    for held in Assignment.objects.filter(account=row.account_id, role=INCOMING, until_date=None).select_related("user"):
        if held.user_id == wanted:
            wanted = None
            continue
        Assignment.objects.filter(pk=held.pk).update(until_date=max(today, held.from_date))
        entries.append(_entry("ended", held, {"user": held.user.name, "role": INCOMING, "from": held.from_date}, None))
    if wanted is not None:
        made = Assignment.objects.create(
            account_id=row.account_id,
            user_id=wanted,
            role=INCOMING,
            from_date=today,
            reason=REASON,
            assigned_by=actor,
            recorded_at=at,
        )
        entries.append(_entry("started", made, None, {"user": made.user.name, "role": INCOMING, "from": today}))
    events.record_many(entries, at=at, actor=actor)


def check_alone(account: Account, kind: str, shape: HandOverShape) -> None:
    """Refuse a second open one of the same kind."""
    held = HandOver.objects.filter(account=account, kind=kind, is_open=True).first()
    if held is not None:
        raise Refused(f"{account.name} has one open already: {shape.title}, since {day(held.started_on)}.", "conflict", "kind")


def check_taker(shape: HandOverShape, account: Account, giver: User | None, taker: User | None) -> None:
    """Refuse a taker who can't take it over."""
    if taker is None:
        return
    if not taker.is_active:
        raise Refused(f"{taker} is not active any more.", "invalid", "taker")
    if giver is not None and giver.pk == taker.pk:
        raise Refused(f"{taker} has the account already. Choose somebody else to take it over.", "invalid", "taker")
    if shape.key == "tam" and not taker.has_role("tam"):
        raise Refused(f"{taker} is not a technical account manager.", "invalid", "taker")
    if shape.key != "tam" and not visible.accounts(taker).filter(pk=account.pk).exists():
        raise Refused(f"{taker} doesn't see {account.name}. Put them on its team first.", "invalid", "taker")


def _shape(kind: str, today: date) -> HandOverShape:
    found = handbook.pack().journey.handover(kind, today)
    if found is None:
        raise Refused("The handbook of today has no such hand-over.", "invalid", "kind")
    return found


def _check_people(shape: HandOverShape, account: Account, giver: User | None, taker: User | None) -> None:
    if shape.giver == "tam" and giver is None:
        raise Refused(f"{account.name} has no TAM who could hand it over.", "conflict", "giver")
    if shape.giver == "tam" and not Assignment.objects.filter(account=account, user=giver, role="tam", until_date=None).exists():
        raise Refused(f"{giver} is not the TAM of {account.name}.", "invalid", "giver")
    if shape.giver == "tam" and taker is None:
        raise Refused("Say who takes it over.", "invalid", "taker")
    check_taker(shape, account, giver, taker)


def _asked(row: HandOver, shape: HandOverShape, today: date) -> str:
    """What the request for a TAM says of a deal that is not won yet. Raises Refused where the deal has not come far enough for it."""
    found = {deal.pk: deal for deal in journeys.deals([row.account_id], today)} if row.opportunity_id else {}
    deal, pack = found.get(row.opportunity_id or 0), handbook.pack()
    if row.opportunity is None or deal is None or deal.won:
        return ""
    first, matrix = shape.from_stage.get(row.plan), pack.journey.matrix(today)
    stage = title_of(deal.stage, pack, today)
    if first and matrix and 0 <= matrix.rank(deal.stage) < matrix.rank(first):
        told = f"The handbook begins it from {title_of(first, pack, today)} on; {deal.name} is in {stage}."
        raise Refused(told, "conflict", "opportunity")
    users = row.account.potential_users
    closes = f"to close on {day(row.opportunity.close_date)}" if row.opportunity.close_date else "no day of closing known"
    return f"{deal.name}: {stage}, {closes}; potential users: {'not known' if users is None else f'{users:,}'}. "


def check_options(shape: HandOverShape, due: date, options: Options, today: date) -> None:
    """Refuse a shadow phase that can't be, and open work of which nobody says what becomes."""
    first, last = options.shadow_from, options.shadow_until
    if (first is None) != (last is None):
        raise Refused("Give the shadow phase both its days, or none.", "invalid", "shadow_until")
    if first and last and not shape.longest_shadow:
        raise Refused("Such a hand-over has no shadow phase.", "invalid", "shadow_until")
    if first and last and not (today <= first <= last <= due and (last - first).days <= shape.longest_shadow):
        raise Refused(
            f"A shadow phase lies between today and the day on which the hand-over is done, {shape.longest_shadow} days at most.",
            "invalid",
            "shadow_until",
        )
    if options.open_work not in (MOVE, CLOSE):
        raise Refused("Say what becomes of the open work.", "invalid", "open_work")


def due_day(shape: HandOverShape, shadow_until: date | None, opportunity: Opportunity | None, today: date) -> date:
    """The day by which the handbook wants it done, counted from the end of a shadow phase that can be meant, or from the day on which a deal that isn't
    won yet is expected to close."""
    closes = opportunity.close_date if opportunity and not opportunity.is_closed else None
    begins = min(max(today, shadow_until or closes or today), today + timedelta(days=LATEST - shape.days))
    return begins + timedelta(days=shape.days)


def check_due(due: date, today: date) -> None:
    """Refuse a day that nobody can mean."""
    if not today <= due <= today + timedelta(days=LATEST):
        raise Refused("It is to be done between today and a year from today.", "invalid", "due_on")


def _play(row: HandOver, shape: HandOverShape, options: Options, today: date, actor: User | None, at: datetime) -> bool:
    """Put the playbook to work, or take the one that is at work already; whether it is this hand-over's own."""
    if not shape.playbook:
        return False
    running = playbook_queries.active([row.account_id], shape.playbook).get(row.account_id)
    use = running or playbooks.apply(
        row.account, shape.playbook, start=today, today=today, actor=actor, at=at, people=_people(row, shape, options, actor)
    )
    row.playbook_use = use
    row.save(update_fields=["playbook_use"])
    return running is None


def _people(row: HandOver, shape: HandOverShape, options: Options, actor: User | None) -> dict[str, User]:
    """The people whom the playbook asks for by name."""
    if shape.key != "tam" or row.giver is None or row.taker is None:
        return {}
    manager = options.manager or row.taker.manager or actor
    return {"old_owner": row.giver, "new_owner": row.taker, **({"new_manager": manager} if manager else {})}


def _entry(verb: str, row: Assignment, before: Any, after: Any) -> events.Entry:
    return events.Entry(
        f"assignment.{verb}", "assignment", row.pk, row.account_id, events.body(before, after, REASON if after else "")
    )
