"""Data sheets: questions that go out to a customer by a link of their own, and the answers, which come back as proposals."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from tenure.actions import events, notices, profiles, profiles_proposals
from tenure.actions.notices import Letter
from tenure.actions.refusals import Refused
from tenure.models import Account, Contact, Notice, ProfileProposal, ProfileSheet, User
from tenure.queries import clock, handbook, outbox
from tenure.queries import profiles as queries
from tenure.rules.profilesreading import ADDRESS, LONGTEXT

MOST_DAYS = 366
GONE = "This link doesn't work any more. Ask for a new one."


@dataclass(frozen=True)
class Bad:
    """A row of an answered file that was not taken: its number, its field, and what to do."""

    row: int
    field: str
    sentence: str


@dataclass
class Taken:
    """What came of an answered file: new proposals, how many answers had come before, and the rows that can't be read."""

    made: list[ProfileProposal] = field(default_factory=list)
    again: int = 0
    bad: list[Bad] = field(default_factory=list)


def make(
    account: Account, title: str, fields: Sequence[str], *, today: date, actor: User, at: datetime, contact: Contact | None = None,
    address: str = "", days: int | None = None, mail: bool = False,
) -> tuple[ProfileSheet, str]:  # fmt: skip
    """Make a data sheet of these fields and return it with the token of its link, which is shown once: only a digest of it is kept. The link
    works for ``days`` (None: as long as the handbook says). ``mail``: the outbox brings the link to the contact or the address; until then
    it stands there. Raises Refused."""
    title, address = title.strip(), address.strip()
    if not title or len(title) > 200 or "\x00" in title:
        raise Refused("Give the data sheet a title of at most 200 characters.", "invalid", "title")
    if address and (len(address) > 254 or not ADDRESS.fullmatch(address)):
        raise Refused(f"'{address}' is no mail address. Write it like ann@example.com.", "invalid", "address")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        profiles.check_account(account, actor)
        keys = _keys(fields, today)
        if contact is not None and (contact.account_id != account.pk or contact.deleted_at is not None):
            raise Refused(f"{contact} is not a contact of {account.name}.", "invalid", "contact")
        if mail and not (to := address or (contact.email if contact else "")):
            raise Refused("Give a contact with an e-mail address, or an address.", "invalid", "address")
        row = ProfileSheet.objects.create(
            account=account, title=title, fields=keys, token_digest=queries.digest(token), contact=contact, address=address,
            created_by=actor, created_at=at, expires_at=at + timedelta(days=_days(days)),
        )  # fmt: skip
        after = {"fields": len(keys), "to": str(contact) if contact else address, "until": row.expires_at}
        _tell("profile_sheet.made", row, actor, at, after=after)
        if mail:
            notices.queue([_letter(row, token, to, contact, actor)], at=at)
    return row, token


def revoke(sheet: ProfileSheet, *, actor: User, at: datetime) -> None:
    """End a sheet's link; answers that came stay, a mail that still waits doesn't go, and one that failed can't go again. Raises Refused."""
    with transaction.atomic():
        profiles.check_account(sheet.account, actor)
        if not ProfileSheet.objects.filter(pk=sheet.pk, revoked_at=None).update(revoked_at=at):
            raise Refused("That link has ended already.", "conflict")
        mails = _mails(sheet)
        notices.settle(mails & notices.pending(outbox.LINK), "The link was ended before the mail went", at=at)
        mails.exclude(state="sending").update(url="")
        _tell("profile_sheet.revoked", sheet, actor, at)
    sheet.refresh_from_db()


def mark_opened(token: str, *, at: datetime) -> ProfileSheet:
    """Somebody opened the link: the sheet, with the moment of the first time. Raises Refused where it doesn't work."""
    with transaction.atomic():
        sheet = queries.open_sheet(token, at)
        if sheet is None:
            raise Refused(GONE, "not_found")
        if ProfileSheet.objects.filter(pk=sheet.pk, opened_at=None).update(opened_at=at):
            _tell("profile_sheet.opened", sheet, None, at)
    sheet.refresh_from_db()
    return sheet


def keep(token: str, answers: Mapping[str, str], *, at: datetime) -> ProfileSheet:
    """Keep what was filled in so far, as it was written; the form shows it again. Raises Refused where the link doesn't work."""
    with transaction.atomic():
        sheet = _open(token, at)
        sheet.draft = {
            key: str(answers[key])[:LONGTEXT].replace("\x00", "")
            for key in (*sheet.fields, "from_name")
            if str(answers.get(key, "")).strip()
        }
        sheet.save(update_fields=["draft"])
    return sheet


def answer(
    token: str, answers: Mapping[str, Any], *, from_name: str, today: date, at: datetime, from_address: str = ""
) -> list[ProfileProposal]:
    """Take the answers (field -> text) to a sheet: every one becomes a proposal, blank ones are left out; who answers for the profile is
    told. A sheet is answered once. Raises Refused, then nothing of it was taken."""
    with transaction.atomic():
        sheet = _open(token, at)
        if strange := sorted(set(answers) - set(sheet.fields)):
            raise Refused(f"This data sheet doesn't ask for {', '.join(strange)}.", "invalid", strange[0])
        given = [key for key in sheet.fields if not _blank(answers.get(key))]
        if not given:
            raise Refused("Answer at least one question.", "invalid")
        made = [
            profiles_proposals.propose(
                sheet.account, key, answers[key], from_name=from_name, from_address=from_address, sheet=sheet, today=today, actor=None, at=at
            )
            for key in given
        ]  # fmt: skip
        if not ProfileSheet.objects.filter(pk=sheet.pk, answered_at=None, revoked_at=None).update(answered_at=at, draft={}):
            raise Refused(GONE, "not_found")
        _tell("profile_sheet.answered", sheet, None, at, after={"answers": len(made), "from": from_name.strip()})
        _announce(sheet, made, from_name.strip(), today, None, at)
    return made


def take(
    sheet: ProfileSheet, rows: Sequence[tuple[int, str, str]], *, from_name: str, today: date, actor: User, at: datetime
) -> Taken:
    """Take an answered file: rows of (number, field, text). Every good one becomes a proposal, also after the link has ended; what can't be
    read is told and does not stop the others. An answer that came for this sheet before is left alone, so a file may come twice. Raises
    Refused where the actor may not, and where nobody is said to have answered."""
    found, name = Taken(), profiles_proposals.checked_name(from_name)
    with transaction.atomic():
        profiles.check_account(sheet.account, actor)
        here = list(ProfileProposal.objects.filter(sheet=sheet).values_list("field", "value"))
        for number, key, text in rows:
            if _blank(text):
                continue
            try:
                if key not in sheet.fields:
                    raise Refused(f"This data sheet doesn't ask for '{key}'. Leave the first column as it was.", "invalid")
                value = profiles.checked_value(profiles.field_of(key, today), text, sheet.account)
            except Refused as refusal:
                found.bad.append(Bad(number, key, refusal.sentence))
                continue
            if (key, value) in here:
                found.again += 1
                continue
            here.append((key, value))
            found.made.append(
                profiles_proposals.propose(
                    sheet.account, key, value, from_name=name, sheet=sheet, today=today, actor=actor, at=at
                )
            )
        if found.made:
            ProfileSheet.objects.filter(pk=sheet.pk, answered_at=None).update(answered_at=at, draft={})
            _tell("profile_sheet.answered", sheet, actor, at, after={"answers": len(found.made), "from": name})
            _announce(sheet, found.made, name, today, actor, at)
    return found


def _open(token: str, at: datetime) -> ProfileSheet:
    """The sheet of a link that works, held, so that two never answer it. Raises Refused."""
    sheet = queries.open_sheet(token, at)
    if sheet is None:
        raise Refused(GONE, "not_found")
    ProfileSheet.objects.select_for_update(no_key=True, of=("self",)).get(pk=sheet.pk)
    found = queries.open_sheet(token, at)
    if found is None:
        raise Refused(GONE, "not_found")
    return found


def _letter(sheet: ProfileSheet, token: str, to: str, contact: Contact | None, actor: User) -> Letter:
    """The mail that brings the link to the customer."""
    count, until = len(sheet.fields), clock.day_of(sheet.expires_at) if sheet.expires_at else None
    company = sheet.account.name.removesuffix(".")  # Inc. ends the sentence by itself
    body = f"{actor.name} asks you {count} question{'' if count == 1 else 's'} about {company}."
    body += f" The link works until {until:%-d %B %Y}; it needs no log-in." if until else ""
    key = f"profile_sheet:{sheet.pk}"
    return Letter(None, outbox.LINK, sheet.title, key, body, f"/answers/{token}/", sheet.account_id, address=to)


def _mails(sheet: ProfileSheet) -> QuerySet[Notice]:
    """The mails that keep its link."""
    rows = Notice.objects.filter(kind=outbox.LINK, account=sheet.account_id).exclude(url="")
    links = ((pk, url.strip("/").rpartition("/")[2]) for pk, url in rows.values_list("pk", "url"))
    return Notice.objects.filter(pk__in=[pk for pk, token in links if queries.digest(token) == sheet.token_digest])


def _announce(
    sheet: ProfileSheet, made: Sequence[ProfileProposal], name: str, today: date, actor: User | None, at: datetime
) -> None:
    """Tell whoever made the sheet and whoever answers for what was answered; nobody of what they did themselves."""
    pack, people = handbook.pack(), queries.holders(sheet.account, today)
    stage = queries.stage(sheet.account, today, pack.profiles)
    keys: dict[int, list[str]] = {sheet.created_by_id: []} if sheet.created_by_id else {}
    for row in made:
        one = pack.profiles.fields[row.field]
        for user in queries.deciders(pack.profiles.responsible(one, stage), people):
            keys.setdefault(user, []).append(one.profile)
    title = f"{sheet.account.name}: {len(made)} answer{'' if len(made) == 1 else 's'} from {name}"
    first = pack.profiles.fields[made[0].field].profile
    notices.queue(
        [
            Letter(
                user, "profile_answers", title, f"profile_answers:{sheet.pk}:{made[0].pk}", f"To “{sheet.title}”. Accept or decline them.",
                f"/accounts/{sheet.account_id}/{(mine or [first])[0]}/", sheet.account_id,
            )
            for user, mine in keys.items() if actor is None or user != actor.pk
        ],
        at=at,
    )  # fmt: skip


def _blank(raw: Any) -> bool:
    return raw is None or raw == [] or (isinstance(raw, str) and not raw.strip())


def _keys(fields: Sequence[str], today: date) -> list[str]:
    keys = list(dict.fromkeys(fields))
    if not keys:
        raise Refused("Choose at least one field to ask for.", "invalid", "fields")
    return [profiles.field_of(key, today).key for key in keys]


def _days(days: int | None) -> int:
    terms = handbook.pack().profiles.terms
    found = days if days is not None else terms.sheet_days if terms else 0
    if not 1 <= found <= MOST_DAYS:
        raise Refused(f"A link works for 1 to {MOST_DAYS} days.", "invalid", "days")
    return found


def _tell(verb: str, row: ProfileSheet, actor: User | None, at: datetime, **sides: Any) -> None:
    events.record(verb, "profile_sheet", row.pk, at=at, actor=actor, account_id=row.account_id, name=row.title, **sides)
