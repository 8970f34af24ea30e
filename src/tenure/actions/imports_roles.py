"""People whom a source names on an account: its owner and its TAM, as dated assignments."""

from datetime import date

import polars as pl

from tenure.actions import bulk, events, previous_owners
from tenure.actions.imports_refs import id_column, of
from tenure.actions.imports_specs import Ref, Spec
from tenure.actions.imports_state import Session
from tenure.models import Assignment, User
from tenure.queries import assignments, imports

OWNER = "account_owner"  # whom the source calls owner, without a role here that owns accounts
PART = 5_000  # assignments looked at in one statement
COLUMNS = ("id", "account_id", "user_id", "role", "from_date", "until_date", "reason", "assigned_by_id", "recorded_at")


def assign(session: Session, spec: Spec, frame: pl.DataFrame, fresh: bool) -> set[int]:
    """Start the assignments that the rows name and end those before; returns the accounts concerned.

    What the source says counts when it says something new: an assignment made here stays until the source names another person.
    Nobody is told: an import may bring thousands. A blank cell ends nothing.
    """
    touched: set[int] = set()
    for ref in of(spec, frame):
        if not ref.role:
            continue
        named = frame.filter(pl.col(id_column(ref)).is_not_null()).select("object_id", id_column(ref))
        wanted: dict[int, int] = dict(named.iter_rows())
        touched |= give(session, ref, wanted, fresh)
    return touched


def give(session: Session, ref: Ref, wanted: dict[int, int], fresh: bool) -> set[int]:
    """Account -> person: begin what isn't so already."""
    reason = f"From {session.source}"
    held: dict[int, list[Assignment]] = {}
    roles = [*assignments.OWNER_ROLES, OWNER] if ref.role == "owner" else [ref.role]
    if not fresh and wanted:
        said = imports.last_named(wanted, roles, reason)
        wanted = {account: user for account, user in wanted.items() if said.get(account) != user}
        for row in imports.open_assignments(wanted, roles):
            held.setdefault(row.account_id, []).append(row)
        wanted = {account: user for account, user in wanted.items() if all(row.user_id != user for row in held.get(account, []))}
    if not wanted:
        return set()
    role_of = _roles(ref, wanted)
    ended = [row for account, user in wanted.items() for row in held.get(account, []) if _gives_way(row, role_of[user], reason)]
    bulk.update(Assignment, ["until_date"], ((max(session.as_of, row.from_date), row.pk) for row in ended))
    _start(session, wanted, role_of, {row.account_id: row for row in ended}, reason)
    _keep_previous_owners(session, [row for row in ended if row.role in assignments.OWNER_ROLES])
    return set(wanted)


def _keep_previous_owners(session: Session, ended: list[Assignment]) -> None:
    """Where coverage says so, the owner whom the source named before stays on the team."""
    for start in range(0, len(ended), PART):
        part = ended[start : start + PART]
        kept = previous_owners.kept_by({row.account_id for row in part}, session.as_of)
        staying = [row for row in part if row.account_id in kept]
        previous_owners.keep(staying, session.as_of, at=session.at, actor=session.actor, run_id=session.run_id)


def _gives_way(row: Assignment, role: str, reason: str) -> bool:
    """One person holds a role; and the owner that the source named before goes, whatever the role."""
    return row.role == role or row.reason == reason


def _roles(ref: Ref, wanted: dict[int, int]) -> dict[int, str]:
    """The role in which each person is assigned: an owner in the role in which they own accounts here."""
    if ref.role != "owner":
        return dict.fromkeys(wanted.values(), ref.role)
    keys = imports.role_keys(wanted.values())
    return {
        user: next((key for key in keys.get(user, []) if key in assignments.OWNER_ROLES), OWNER) for user in set(wanted.values())
    }


def _start(session: Session, wanted: dict[int, int], role_of: dict[int, str], ended: dict[int, Assignment], reason: str) -> None:
    ids = bulk.next_ids(Assignment, len(wanted))
    actor = session.actor.pk if session.actor else None
    pairs = list(zip(ids, wanted.items(), strict=True))
    rows = [(pk, account, user, role_of[user], session.as_of, None, reason, actor, session.at) for pk, (account, user) in pairs]
    frame = pl.DataFrame(rows, schema={**dict.fromkeys(COLUMNS, pl.Int64), "role": pl.String, "from_date": pl.Date, "until_date": pl.Date,
                                       "reason": pl.String, "recorded_at": pl.Datetime("us", "UTC")}, orient="row")  # fmt: skip
    bulk.insert_frame(Assignment, frame)
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=set(wanted.values()))}
    bodies: dict[tuple[int, int | None], str] = {}
    entries = []
    for pk, (account, user) in pairs:
        before = ended.get(account)
        key = (user, before.pk if before else None)
        text = bodies.get(key) or _body(names[user], role_of[user], session.as_of, before, reason)
        bodies[key] = text
        entries.append(events.Entry("assignment.started", "assignment", pk, account, text))
    events.record_many(entries, at=session.at, actor=session.actor, run_id=session.run_id)


def _body(name: str, role: str, on: date, before: Assignment | None, reason: str) -> str:
    was = {"user": str(before.user), "role": before.role, "from": before.from_date} if before else None
    return events.body(was, {"user": name, "role": role, "from": on}, reason)
