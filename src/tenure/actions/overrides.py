"""A person's outcome in place of a rule's: with a reason, an author and an end. A run never changes one, it only lets it expire."""

from datetime import date, datetime, timedelta

from django.db import transaction

from tenure.actions import decisions, events, notices
from tenure.actions.notices import Letter
from tenure.actions.refusals import Refused
from tenure.models import Account, Override, User
from tenure.queries import handbook, visible
from tenure.rules.errors import RuleError

LONGEST = "override_max_days"  # a dated value that a handbook may have


def set(  # noqa: A001 - the word that people use
    account: Account, rule: str, outcome: str, reason: str, expires_on: date, *, today: date, actor: User, at: datetime
) -> Override:
    """Let ``outcome`` hold for the account from ``today`` until the day before ``expires_on``; an earlier override ends.

    The account is decided anew at once, so rules that read this outcome follow. Raises Refused.
    """
    _check_right(account, actor)
    word = _check_outcome(rule, outcome, today)
    if not reason.strip():
        raise Refused("Say why: an override has a reason.", "invalid", "reason")
    _check_end(expires_on, today)
    with transaction.atomic():
        decisions.lock()
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        before = Override.objects.filter(account=account, rule=rule, ended_on=None).first()
        Override.objects.filter(account=account, rule=rule, ended_on=None).update(ended_on=today)
        row = Override.objects.create(
            account=account, rule=rule, outcome=word, reason=reason.strip()[:1000], author=actor, from_date=today,
            expires_on=expires_on, recorded_at=at,
        )  # fmt: skip
        events.record(
            "override.set", "override", row.pk, at=at, actor=actor, account_id=account.pk, before=_told(before), after=_told(row),
            reason=row.reason, rule=rule,
        )  # fmt: skip
        decisions.redecide([account.pk], as_of=today, at=at, actor=actor, reason=row.reason)
    return row


def end(override: Override, *, today: date, actor: User, at: datetime, reason: str = "") -> None:
    """Take an override back today: the rule decides again. Raises Refused."""
    with transaction.atomic():
        decisions.lock()
        row = Override.objects.select_for_update(of=("self",), no_key=True).select_related("account").get(pk=override.pk)
        _check_right(row.account, actor)
        if row.ended_on is not None or row.expires_on <= today:
            raise Refused("This override has ended already.", "conflict")
        row.ended_on = today
        row.save(update_fields=["ended_on"])
        events.record(
            "override.ended",
            "override",
            row.pk,
            at=at,
            actor=actor,
            account_id=row.account_id,
            before=_told(row),
            reason=reason,
            rule=row.rule,
        )
        decisions.redecide([row.account_id], as_of=today, at=at, actor=actor, reason=reason or "Override taken back")


@transaction.atomic
def expire(override_ids: list[int], *, today: date, at: datetime, run_id: int | None = None) -> int:
    """End the overrides whose time is over and tell their authors; how many. The run decides the accounts anew afterwards."""
    decisions.lock()
    rows = list(Override.objects.filter(pk__in=override_ids, ended_on=None, expires_on__lte=today).select_related("account"))
    for row in rows:
        row.ended_on = row.expires_on
    Override.objects.bulk_update(rows, ["ended_on"], batch_size=500)
    entries = [
        events.Entry("override.expired", "override", row.pk, row.account_id, events.body(_told(row), rule=row.rule))
        for row in rows
    ]
    events.record_many(entries, at=at, run_id=run_id)
    notices.queue(
        (
            Letter(row.author_id, "override", f"Your override for {row.account.name} has expired", f"override.expired:{row.pk}",
                   f"{row.rule}: {row.outcome} held until {row.expires_on - timedelta(days=1)}. The rule decides again.",
                   f"/accounts/{row.account_id}/", row.account_id)
            for row in rows
        ),
        at=at,
    )  # fmt: skip
    return len(rows)


def _check_right(account: Account, actor: User) -> None:
    if not visible.accounts(actor).filter(pk=account.pk).exists():
        raise Refused("There is no such account.", "not_found")
    if not visible.may_on(actor, "override.set", account):
        raise Refused("You may not set outcomes by hand for this account.", "not_allowed")


def _check_outcome(rule: str, outcome: str, today: date) -> str:
    """The outcome in the handbook's spelling."""
    pack = handbook.pack()
    if rule not in handbook.ACCOUNT_RULES:
        raise Refused(f"There is no rule '{rule}' about accounts.", "invalid", "rule")
    try:
        fact = pack.edition(rule, today).rule.outcome.fact
    except RuleError as error:
        raise Refused(error.message, "invalid", "rule") from error
    word = fact.word(outcome)
    if word is None:
        raise Refused(f"'{outcome}' is not an outcome of the rule: {', '.join(fact.words)}.", "invalid", "outcome")
    return word


def _check_end(expires_on: date, today: date) -> None:
    if expires_on <= today:
        raise Refused("An override ends on a later day than today.", "invalid", "expires_on")
    pack = handbook.pack()
    if LONGEST in pack.values:
        longest = int(pack.number(LONGEST, today))
        if expires_on > today + timedelta(days=longest):
            raise Refused(
                f"The handbook allows at most {longest} days: until {today + timedelta(days=longest)}.", "invalid", "expires_on"
            )


def _told(row: Override | None) -> dict[str, object] | None:
    return {"outcome": row.outcome, "expires_on": row.expires_on} if row else None
