"""What the demo company knows of its customers: of the handbook's seven examples much and tellingly, of some dozens a part."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from tenure.actions import profiles_past
from tenure.actions import profiles_proposals as proposals
from tenure.actions import profiles_sheets as sheets
from tenure.actions.profiles_past import Learnt
from tenure.actions.refusals import Refused
from tenure.models import Account, Assignment, Opportunity, ProfileValue, User
from tenure.queries import clock, handbook
from tenure.runs import demo_numbers
from tenure.runs.demo_profiles_words import ANSWERS, DECLINED, KNOWN, PLENTY, TAKEN, Words
from tenure.runs.demo_seeds import EXAMPLES

MORE = 120  # accounts with a TAM of which a part is known
CAPTURED = 0.75  # of what is to be known of a prospect by the stage of its deal


def learn(seed: int, today: date, at: datetime) -> None:
    """Fill the profiles. Do it once: a repeat finds them and leaves."""
    if ProfileValue.objects.exists():
        return
    accounts = {row.name: row for row in Account.objects.filter(name__in=[one.name for one in EXAMPLES])}
    held = {row.account_id: row.user_id for row in Assignment.objects.filter(role="tam", until_date=None).order_by("-pk")}
    learnt = [one for name, words in KNOWN.items() if name in accounts for one in _told(accounts[name], words, today, held)]
    some = Account.objects.filter(pk__in=list(held)).exclude(pk__in=[row.pk for row in accounts.values()]).order_by("pk")[:MORE]
    for place, account in enumerate(some):
        learnt += _told(account, _part(Random(f"{seed}:profiles:{place}")), today, held)
    learnt += _before_the_sale(seed, today)
    profiles_past.add(learnt, today=today, at=at)
    for name, answers in ANSWERS.items():
        if name in accounts:
            _ask(accounts[name], answers, today, at)
    for name, answers in TAKEN.items():
        if name in accounts and accounts[name].pk in held:
            _take(accounts[name], answers, User.objects.get(pk=held[accounts[name].pk]), today, at)


def _before_the_sale(seed: int, today: date) -> list[Learnt]:
    """Of the accounts with open first business: most of what account executive and architect capture by the stage of the deal."""
    pack, before = handbook.pack(), demo_numbers.accounts()
    rows = Opportunity.objects.filter(deleted_at=None, is_closed=False, kind="new_account", account__deleted_at=None)
    architects = dict(Assignment.objects.filter(role="solutions_architect", until_date=None).values_list("account_id", "user_id"))
    found: list[Learnt] = []
    for row in rows.select_related("account").order_by("account", "pk").distinct():
        chance = Random(f"{seed}:{row.account_id - before}:presales")
        by = {"business": row.owner_id, "technical": architects.get(row.account_id)}
        for key in sorted(PLENTY):
            one = pack.profiles.fields.get(key)
            known = chance.random() < CAPTURED
            if one and known and one.on(today) and pack.profiles.expected(one, row.stage) and by[one.profile]:
                day = today - timedelta(days=chance.randrange(2, 60))
                found.append(Learnt(row.account, key, chance.choice(PLENTY[key]), day, "call", "high", "", by[one.profile]))
    return found


def _told(account: Account, words: Words, today: date, held: Mapping[int, int]) -> list[Learnt]:
    fields = handbook.pack().profiles.fields
    return [
        Learnt(account, key, raw, today - timedelta(days=ago), source, confidence, note, held.get(account.pk))
        for key, (raw, ago, source, confidence, note) in words.items()
        if key in fields
    ]


def _part(chance: Random) -> Words:
    """Some of what may be known, learnt now and then over a year and a half."""
    keys = sorted(PLENTY)
    chosen = chance.sample(keys, chance.randrange(4, len(keys) - 4))
    sources = ("call", "call", "crm", "person", "customer")
    return {
        key: (
            chance.choice(PLENTY[key]),
            chance.randrange(3, 540),
            chance.choice(sources),
            chance.choice(("high", "high", "medium")),
            "",
        )
        for key in chosen
    }


def _ask(account: Account, answers: Mapping[str, Any], today: date, at: datetime) -> None:
    """A data sheet that came back, its answers waiting; one that is out."""
    author = User.objects.filter(assignments__account=account, assignments__role="tam", assignments__until_date=None).first()
    author = author or User.objects.filter(roles__role="cs_operations").earliest("pk")
    contact = account.contacts.filter(deleted_at=None).order_by("pk").first()
    sent = at - timedelta(days=6)
    try:
        _, token = sheets.make(
            account, "Before our next review", tuple(answers), today=clock.day_of(sent), actor=author, at=sent, contact=contact
        )
        name = contact.name if contact else "Dana Whitlock"
        sheets.answer(token, dict(answers), from_name=name, today=today, at=at)
        more = ("security", "authentication", "network", "frameworks")
        sheets.make(account, "Questions on security", more, today=today, actor=author, at=at, contact=contact)
    except Refused:
        return


def _take(account: Account, answers: Mapping[str, str], tam: User, today: date, at: datetime) -> None:
    """A data sheet whose answers the TAM has gone through this morning: all but one hold."""
    contact = account.contacts.filter(deleted_at=None).order_by("pk").first()
    sent, came = at - timedelta(days=13), at - timedelta(minutes=40)
    try:
        _, token = sheets.make(
            account,
            "Before the second team starts",
            tuple(answers),
            today=clock.day_of(sent),
            actor=tam,
            at=sent,
            contact=contact,
        )
        given = sheets.answer(token, dict(answers), from_name=contact.name if contact else "Lars de Vries", today=today, at=came)
        for one in given:
            if reason := DECLINED.get(one.field):
                proposals.decline(one, reason, today=today, actor=tam, at=at)
            else:
                proposals.accept(one, today=today, actor=tam, at=at)
    except Refused:
        return
