"""The form of a timeline entry: what is typed, what a row says, what there is to choose from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from tenure.actions.activities_fields import NextStep
from tenure.actions.refusals import Refused
from tenure.models import Account, Activity, CallToAction, Contact, User
from tenure.queries import activity_kinds, ctas, handbook, people, settling, texts, visible
from tenure.queries.assignments import active
from tenure.queries.ctas import Step
from tenure.rules.catalogues import ActivityTemplate
from tenure.views.drawers import day

QUARTER = 15  # minutes to which the beginning is rounded down
USUAL_MINUTES = 30
PLAN_HOUR = 10  # of tomorrow: where a plan begins
BLANK_STEPS = 1
MOST_CTAS = 30
WORDS = ("kind", "template", "subject", "body", "sentiment", "outcome")
FIRST_KIND = "call"


@dataclass(frozen=True)
class Asked:
    """What an address asks a new entry to be: a kind, a text of the handbook, the id of a CTA, that of its step, ids of colleagues who take part
    (``3,7``); blank for no matter."""

    kind: str = ""
    template: str = ""
    cta: str = ""
    step: str = ""
    who: str = ""


@dataclass(frozen=True)
class Choices:
    """What the form offers. ``templates`` as the page's script reads them: kind, title, subject and text, filled but for whom they address;
    ``addressed`` is whom, unless a contact is ticked, and ``names`` how each contact is addressed; ``blanks`` are what may be left to fill in."""

    kinds: list[Any]
    templates: dict[str, dict[str, str]]
    sentiments: list[Any]
    contacts: list[Contact]
    colleagues: list[User]
    owners: list[User]
    ctas: list[CallToAction]
    feedback_kinds: list[Any] = field(default_factory=list)
    addressed: str = ""
    names: dict[int, str] = field(default_factory=dict)
    blanks: list[str] = field(default_factory=list)
    closing: str = ""  # title of the CTA that closes with the entry
    step: Step | None = None  # for which it is written


def fields(form: QueryDict, account: Account, user: User, row: Activity | None = None) -> dict[str, Any]:
    """What was typed, as an entry's fields. Raises Refused for a name or a CTA that nobody knows."""
    found: dict[str, Any] = {name: form.get(name, "") for name in WORDS if name in form}
    found |= {
        "happened_at": moment(form.get("happened_at", "")),
        "minutes": number(form.get("minutes", "")),
        "participants": _colleagues(form, account),
        "attendees": list(Contact.objects.filter(pk__in=numbers(form.getlist("attendee")))),
        "next_steps": steps(form),
        "form": form.get("form", ""),
    }
    if step := visible.tasks(user).select_related("cta").filter(pk=number(form.get("step", "")) or 0).first():
        found["step"] = step
    if asked := form.get("cta", ""):
        cta = visible.ctas(user).filter(pk=number(asked) or 0, account=account).first()
        if cta is None:
            raise Refused("There is no such CTA on this account.", "invalid", "cta")
        found["cta"] = cta
    elif about := form.get("about", ""):  # it belongs to this CTA, and its next steps to one of their own
        cta = visible.ctas(user).filter(pk=number(about) or 0, account=account, is_open=True).first()
        found |= {"cta": cta, "own_cta": True} if cta else {}
    return found


def written(form: QueryDict, account: Account) -> dict[str, Any]:
    """What is written so far, for a draft: nothing is refused."""
    return {
        **{name: form.get(name, "") for name in (*WORDS, "feedback", "feedback_kind", "cta", "about", "step", "from_step", "form")},
        "happened_at": moment(form.get("happened_at", "")), "minutes": number(form.get("minutes", "")),
        "participants": list(User.objects.filter(pk__in=numbers(form.getlist("participant")))),
        "attendees": list(account.contacts.filter(pk__in=numbers(form.getlist("attendee")))), "next_steps": steps(form),
    }  # fmt: skip


def steps(form: QueryDict) -> list[NextStep]:
    """The next steps that have a title."""
    rows = zip(form.getlist("step_title"), form.getlist("step_owner"), form.getlist("step_due"), strict=False)
    return [NextStep(title.strip()[:300], number(owner), day(due)) for title, owner, due in rows if title.strip()]


def moment(text: str) -> datetime | None:
    """A field of day and time as an aware moment; None where blank or wrong."""
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else timezone.make_aware(found)
    except (ValueError, OverflowError):
        return None


def number(text: str) -> int | None:
    """Digits as a number, None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def numbers(texts: list[str]) -> list[int]:
    """Ids of a form; what is no number is left out."""
    return [found for text in texts if (found := number(text)) is not None]


def _colleagues(form: QueryDict, account: Account) -> list[User]:
    """The colleagues that were ticked, and those named besides. Raises Refused for a name that nobody has."""
    found = list(User.objects.filter(pk__in=numbers(form.getlist("participant"))))
    names = [" ".join(name.split()).lower() for name in form.get("participant_names", "").split(",") if name.strip()]
    if not names:
        return found
    known = {user.name.lower(): user for user in people.seeing(account, "account.view")}
    if unknown := [name for name in names if name not in known]:
        raise Refused(f"Nobody called {unknown[0]} sees {account.name}.", "invalid", "participant_names")
    return [*found, *(known[name] for name in names if known[name] not in found)]


def blank(account: Account, user: User, now: datetime, today: date, asked: Asked, *, planned: bool) -> dict[str, Any]:
    """The values of a new entry: a call, now or tomorrow at ten, or what is asked for; begun with its text, addressed to whom one writes."""
    local = timezone.localtime(now)
    begin = local.replace(minute=local.minute // QUARTER * QUARTER, second=0, microsecond=0)
    if planned:
        begin = (begin + timedelta(days=1)).replace(hour=PLAN_HOUR, minute=0)
    cta = visible.ctas(user).filter(pk=number(asked.cta) or 0, account=account).first()
    kind, key = _begun(asked, cta, planned)
    found, text = activity_kinds.templates().get(key), {"subject": "", "text": ""}
    to = (
        texts.primary(people_of(account))
        if found and texts.CONTACT in texts.FIELD.findall(f"{found.subject} {found.text}")
        else None
    )
    if found:
        known = texts.known(account, user, today, handbook.pack(), to)
        text = {"subject": known.fill(found.subject), "text": known.fill(found.text)}
    return {
        "kind": kind, "template": key, "subject": text["subject"], "body": text["text"], "happened_at": local_text(begin), "minutes": USUAL_MINUTES,
        "participant": {user.pk, *numbers(asked.who.split(","))}, "attendee": {to.pk} if to else set(), "steps": [], "sentiment": "", "outcome": "", "feedback_kind": "product",
        "cta": "" if settling.closes_by(cta, today, kind) else asked.cta, "about": str(cta.pk) if cta else "",
        "rule": cta.rule if cta else "", "from_step": asked.step,
        "step": asked.step if asked.step and visible.tasks(user).filter(pk=number(asked.step) or 0, asked=[]).exists() else "",
    }  # fmt: skip


def _begun(asked: Asked, cta: CallToAction | None, planned: bool) -> tuple[str, str]:
    """Kind and text of a new entry: the text asked for, that of its CTA, the first one of the kind asked for, or of a call."""
    known, kinds = activity_kinds.templates(), activity_kinds.kinds()
    wanted = asked.template or (texts.of_cta(cta, handbook.pack()) if cta and not asked.kind else "")
    fits = {key for key, one in known.items() if one.kind in kinds and (not planned or kinds[one.kind].invites)}
    if wanted in fits:
        return known[wanted].kind, wanted
    kind = asked.kind if asked.kind in kinds else FIRST_KIND
    return kind, next((key for key, one in known.items() if one.kind == kind), "")


def of_row(row: Activity) -> dict[str, Any]:
    """The values of an entry or a draft. Next steps that are tasks already are shown beside the form, not in it."""
    return {
        **{name: getattr(row, name) for name in WORDS}, "happened_at": local_text(row.happened_at), "minutes": row.minutes or "",
        "participant": set(row.participants.values_list("pk", flat=True)), "attendee": set(row.attendees.values_list("pk", flat=True)),
        "steps": [(step["title"], step.get("owner"), step.get("due") or "") for step in row.next_steps if not step.get("task")],
        "cta": row.custom.get("cta", "") or ("" if row.custom.get("about") else str(row.cta_id or "")), "about": row.custom.get("about", ""), "feedback": row.custom.get("feedback", ""),
        **{name: row.custom.get(name, "") for name in ("step", "from_step") if row.draft},
        "feedback_kind": row.custom.get("feedback_kind", "product"), "rule": row.cta.rule if row.cta else "",
    }  # fmt: skip


def of_form(form: QueryDict) -> dict[str, Any]:
    """What was typed, to be shown again with the refusal."""
    kept = {
        name: form.get(name, "")
        for name in (
            *WORDS,
            "happened_at",
            "minutes",
            "participant_names",
            "cta",
            "about",
            "feedback",
            "feedback_kind",
            "service",
            "step",
            "from_step",
        )
    }
    rows = zip(form.getlist("step_title"), form.getlist("step_owner"), form.getlist("step_due"), strict=False)
    return {
        **kept, "participant": set(numbers(form.getlist("participant"))), "attendee": set(numbers(form.getlist("attendee"))),
        "steps": [(title, number(owner), due) for title, owner, due in rows if title.strip()],
    }  # fmt: skip


def local_text(value: datetime | None) -> str:
    """A moment as a field of day and time shows it."""
    return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M") if value else ""


def people_of(account: Account) -> list[Contact]:
    """The account's contacts by name."""
    return list(account.contacts.filter(deleted_at=None).order_by("name", "pk"))


def choices(account: Account, user: User, today: date, values: Mapping[str, Any], *, planned: bool) -> Choices:
    """What the form of an entry offers."""
    kinds = activity_kinds.inviting() if planned else list(activity_kinds.kinds().values())
    keys = {kind.key for kind in kinds}
    team = User.objects.filter(assignments__in=account.assignments.filter(active(today)), is_active=True)
    there = User.objects.filter(pk__in={user.pk, *values["participant"]})
    owned = visible.ctas(user).filter(account=account, is_open=True).order_by("due_date", "pk")
    about = owned.filter(pk=number(str(values.get("about") or "")) or 0).first() if not planned else None
    contacts, pack = people_of(account), handbook.pack()
    known = texts.known(account, user, today, pack, texts.primary(contacts))
    offered = {key: _offered(one, known) for key, one in activity_kinds.templates().items() if one.kind in keys}
    return Choices(
        kinds, offered, list(activity_kinds.sentiments().values()), contacts, list((team | there).distinct().order_by("name", "pk")),
        people.seeing(account, "cta.edit"), list(owned[:MOST_CTAS]), list(activity_kinds.feedback_kinds().values()),
        addressed=known.fill("{contact}"), names={one.pk: texts.addressed(one) for one in contacts}, blanks=texts.blanks(pack),
        closing=about.title if about and settling.closes_by(about, today, values["kind"]) else "",
        step=ctas.step_of(user, account, begun, today) if (begun := number(str(values.get("from_step") or ""))) and not planned else None,
    )  # fmt: skip


def _offered(one: ActivityTemplate, known: texts.Known) -> dict[str, str]:
    """A text of the handbook for the page's script, which fills in whom it addresses."""
    keep = (texts.CONTACT,)
    return {
        "kind": one.kind,
        "title": one.title,
        "subject": known.fill(one.subject, keep=keep),
        "text": known.fill(one.text, keep=keep),
    }
