"""What an edit, a closing or a snooze changes: builders of changes and the checks before them. They read held rows and write nothing."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from tenure.actions.cascades_writing import Change, Held, Moment, Values
from tenure.actions.refusals import Refused
from tenure.models import Account, CallToAction, Task, User
from tenure.queries import cta_types, ctas, visible

EDIT, ASSIGN = "cta.edit", "cta.assign"
UNKNOWN = "There is no such CTA."
DENIED = "You may not change this CTA."
CLOSED = "This CTA is closed. Reopen it first."
PRIORITIES = (1, 2, 3)
BY_HAND = (
    "title",
    "reason",
    "note",
    "priority",
    "important",
    "status",
    "owner_id",
    "due_date",
)  # that a person's edit keeps from a run
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)  # days outside are slips of the pen
NOTE = 20_000  # characters
REASON = 300  # characters of why a playbook ended


# --- checks


def check_right(actor: User | None, cta: CallToAction, capability: str = EDIT) -> None:
    """Refuse who may not do this to this CTA; who doesn't see it isn't told that it is there."""
    if actor is None or ctas.editable(actor, [cta], capability):
        return
    if not visible.ctas(actor).filter(pk=cta.pk).exists():
        raise Refused(UNKNOWN, "not_found")
    raise Refused(DENIED, "not_allowed")


def check_account(actor: User | None, account: Account, capability: str = EDIT) -> None:
    """Refuse who may not add work to this account."""
    if actor is None:
        return
    if not visible.accounts(actor).filter(pk=account.pk).exists():
        raise Refused("There is no such account.", "not_found")
    if not visible.may_on(actor, capability, account):
        raise Refused(f"You may not add CTAs to {account.name}.", "not_allowed")


def check_owner(owner: User | None, account: Account) -> None:
    """Refuse an owner who couldn't work on it."""
    if owner is None:
        return
    if not owner.is_active:
        raise Refused(f"{owner} is not active any more.", "invalid", "owner")
    if not visible.may(owner, EDIT):
        raise Refused(f"{owner} has no right to work on CTAs.", "invalid", "owner")
    if not visible.accounts(owner).filter(pk=account.pk).exists():
        raise Refused(f"{owner} doesn't see {account.name}. Put them on its team first.", "invalid", "owner")


def check_text(model: type[CallToAction] | type[Task], values: Values) -> None:
    """Refuse texts that are too long or hold what a database can't keep."""
    for name, value in values.items():
        if not isinstance(value, str):
            continue
        longest = getattr(model._meta.get_field(name), "max_length", None) or NOTE
        if len(value) > longest:
            raise Refused(f"The {name} has more than {longest:,} characters.", "invalid", name)
        if "\x00" in value:
            raise Refused(f"The {name} holds a character that can't be kept.", "invalid", name)


def check_day(value: Any, field: str = "due_date") -> None:
    """Refuse days that nobody can mean."""
    if value is not None and not FIRST <= value < LAST:
        raise Refused(f"{value} is not a day to plan for.", "invalid", field)


def cleaned(fields: Values, allowed: Iterable[str]) -> Values:
    """Fields by column: ``owner`` becomes ``owner_id``, texts lose their ends. Raises Refused for a name that isn't allowed."""
    values = {}
    for name, value in fields.items():
        if name == "owner":
            name, value = "owner_id", value.pk if value is not None else None
        if name not in allowed:
            raise Refused(f"A CTA has no {name}.", "invalid", name)
        values[name] = value.strip() if isinstance(value, str) else value
    return values


def check_fields(cta: CallToAction, values: Values) -> None:
    """Refuse values that this CTA can't have."""
    check_text(CallToAction, values)
    if values.get("title") == "":
        raise Refused("A CTA has a title.", "invalid", "title")
    if values.get("priority", 1) not in PRIORITIES:
        raise Refused("The priority is 1, 2 or 3.", "invalid", "priority")
    check_day(values.get("due_date"))
    if values.get("reason"):
        check_reason(cta.type, values["reason"])
    if "status" in values:
        found = cta_types.status(cta.type, values["status"])
        if found is None or not found.open:
            raise Refused(f"'{values['status']}' is not an open status of {cta_types.title(cta.type)}.", "invalid", "status")


def check_reason(type_key: str, reason: str) -> None:
    """Refuse a reason that the handbook doesn't name for the type; a type without a list takes any."""
    known = cta_types.reasons(type_key)
    if known and reason not in known:
        raise Refused(f"'{reason}' is not a reason of {cta_types.title(type_key)}.", "invalid", "reason")


def check_outcome(cta: CallToAction, status: str) -> None:
    """Refuse a status that doesn't close this type of CTA."""
    found = cta_types.status(cta.type, status)
    if found is None or found.open:
        raise Refused(f"'{status}' is not an outcome of {cta_types.title(cta.type)}.", "invalid", "status")


def check_open(cta: CallToAction) -> None:
    """Refuse what needs an open CTA."""
    if not cta.is_open:
        raise Refused(CLOSED, "conflict")


# --- changes


def changed(noun: str, row: CallToAction | Task, values: Values, *, by_hand: bool, verb: str = "") -> Change | None:
    """The change to these values, None when nothing differs. What a person sets is marked as theirs."""
    fresh = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not fresh:
        return None
    marks = {name.removesuffix("_id") for name in fresh if name in BY_HAND or name == "fields"}
    if by_hand and (edited := sorted({*row.edited, *marks})) != row.edited:
        fresh["edited"] = edited
    return Change(noun, row.pk, {name: getattr(row, name) for name in fresh}, fresh, verb)


def closing(
    held: Held, cta: CallToAction, status: str, note: str, moment: Moment, *, use_status: str = "", use_reason: str = "",
    kept: Collection[int] = (),
) -> list[Change]:  # fmt: skip
    """Close a CTA: its open tasks are skipped but for those ``kept``, which go on elsewhere; its playbook use ends (``use_status``
    blank: as ``ending`` says)."""
    by = moment.actor.pk if moment.actor else None
    values = {
        "status": status, "is_open": False, "closed_at": moment.at, "closed_by_id": by, "outcome_note": note,
        "snoozed_until": None, "snooze_reason": "",
    }  # fmt: skip
    changes = [_set("cta", cta, values, "closed")]
    skipped = {"status": "skipped", "done_at": moment.at, "done_by_id": by}
    changes += [_set("task", task, skipped, "skipped") for task in held.of(cta) if task.status == "open" and task.pk not in kept]
    use = use_status or ending(held.of(cta), status)
    why = use_reason or ("" if use == "done" else (note or cta_types.status_title(status)))[:REASON]
    return changes + using(held, cta, {"status": use, "ended_at": moment.at, "reason": why}, use)


def ending(tasks: Iterable[Task], status: str) -> str:
    """How a playbook ends whose CTA closes: done where its steps were worked (one done at least and none left open), else ended. One
    without steps is done where its CTA is won."""
    states = [task.status for task in tasks if task.key]
    if not states:
        outcome = cta_types.every_status().get(status)
        return "done" if outcome and outcome.outcome == "won" else "ended"
    return "done" if "done" in states and "open" not in states else "ended"


def reopening(held: Held, cta: CallToAction) -> list[Change]:
    """Open a closed CTA again; tasks that were skipped by its closing come back, those that went on elsewhere stay there."""
    values = {"status": cta_types.first(cta.type), "is_open": True, "closed_at": None, "closed_by_id": None, "outcome_note": ""}
    changes = [_set("cta", cta, values, "reopened")]
    back: Values = {"status": "open", "done_at": None, "done_by_id": None}
    with_it = [task for task in held.of(cta) if task.status == "skipped" and task.done_at == cta.closed_at]
    changes += [_set("task", task, back, "reopened") for task in with_it]
    return changes + using(held, cta, {"status": "active", "ended_at": None, "reason": ""}, "reopened", only=("done", "ended"))


def snoozing(cta: CallToAction, until: date | None, reason: str) -> Change:
    """Let a CTA rest until a day, or wake it (None)."""
    return _set("cta", cta, {"snoozed_until": until, "snooze_reason": reason}, "snoozed" if until else "woken")


def using(held: Held, cta: CallToAction, values: Values, verb: str, only: Collection[str] = ("active",)) -> list[Change]:
    """The change of the playbook use that the CTA belongs to, if it is in one of the states ``only``."""
    use = held.uses.get(cta.playbook_use_id or 0)
    if use is None or use.status not in only:
        return []
    return [Change("use", use.pk, {name: getattr(use, name) for name in values}, values, verb)]


def _set(noun: str, row: CallToAction | Task, values: Values, verb: str) -> Change:
    return Change(noun, row.pk, {name: getattr(row, name) for name in values}, values, verb)
