"""The onboardings of a plan as typed changes: what is begun, what gets a further cause, what follows its work, each with its reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import polars as pl

from tenure.models import Onboarding, User
from tenure.queries.onboardings_due import Wanted
from tenure.rules.packs import Pack


@dataclass(frozen=True)
class OnboardingWanted:
    """An onboarding to begin; ``onboarding_id``: the one on which a further cause is noted instead. ``also``: the causes that coincide."""

    kind: ClassVar[str] = "onboarding_wanted"
    account_id: int
    account: str
    rule: str
    onboarding_id: int | None
    day: date
    also: tuple[str, ...]
    edition: date
    source: str
    reason: str
    key: str


@dataclass(frozen=True)
class OnboardingChanged:
    """An open onboarding that follows what has happened; ``before`` and ``after`` by field."""

    kind: ClassVar[str] = "onboarding_changed"
    account_id: int
    account: str
    onboarding_id: int
    title: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str
    key: str


OnboardingChange = OnboardingWanted | OnboardingChanged
SHOWN = {
    "owner_id": "owner",
    "start_date": "start_date",
    "first_reach_out": "first_reach_out",
    "status": "status",
    "track": "track",
}


def accounts(wanted: list[Wanted], moves: pl.DataFrame) -> set[int]:
    """The ids of the accounts that the changes are about."""
    return {one.account for one in wanted} | (set(moves["account"].to_list()) if moves.height else set())


def typed(
    wanted: list[Wanted], moves: pl.DataFrame, names: Mapping[int, str], pack: Pack, as_of: date
) -> Iterator[OnboardingChange]:
    """The changes one by one."""
    edition = pack.onboarding.edition(as_of)
    for one in wanted:
        if edition is not None:
            first, *others = one.events
            source = edition.source or ""
            yield OnboardingWanted(
                one.account, names[one.account], first.cause, one.held, first.day, tuple(event.cause for event in others), edition.start, source,
                f"{first.said}, {first.day.day} {first.day:%B %Y}", first.key,
            )  # fmt: skip
    if moves.height:
        titles = dict(Onboarding.objects.filter(pk__in=moves["id"].to_list()).values_list("pk", "name"))
        people = {pk for name in ("owner_id", "owner_id:was") for pk in moves[name].drop_nulls().to_list()}
        owners = dict(User.objects.filter(pk__in=people).values_list("pk", "name"))
        for row in moves.iter_rows(named=True):
            yield _changed(row, names, titles, owners, as_of)


def coming(rows: pl.DataFrame, until: date) -> Iterator[OnboardingChanged]:
    """Those that will stand otherwise by a day to come, one by one."""
    found = Onboarding.objects.select_related("account").in_bulk(rows["id"].to_list())
    for row in rows.iter_rows(named=True):
        one, said = found[row["id"]], f"{until.day} {until:%B %Y}"
        yield OnboardingChanged(
            one.account_id, one.account.name, one.pk, one.name, {"track": row["track:was"]}, {"track": row["track"]},
            f"By {said}, if nothing happens", f"onboarding:{one.pk}:{until}",
        )  # fmt: skip


def _changed(
    row: Mapping[str, Any], names: Mapping[int, str], titles: Mapping[int, str], owners: Mapping[int, str], as_of: date
) -> OnboardingChanged:
    fields = [name for name in SHOWN if row[name] != row[f"{name}:was"]]
    before, after = (
        {SHOWN[name]: owners.get(row[name + end]) if name == "owner_id" else row[name + end] for name in fields}
        for end in (":was", "")
    )
    if row["ending"] == "complete":
        before, after = {**before, "status": row["status:was"]}, {**after, "status": "completed"}
    return OnboardingChanged(
        row["account"],
        names[row["account"]],
        row["id"],
        titles[row["id"]],
        before,
        after,
        _why(row, fields),
        f"onboarding:{row['id']}:{as_of}",
    )


def _why(row: Mapping[str, Any], fields: list[str]) -> str:
    """Why it changes, in words."""
    if row["ending"]:
        return "The work of its play is done" + (", and its end asks for more" if row["ending"] == "ask" else "")
    if row["reached"]:
        return "Licences in use"
    said = {
        "owner_id": "Another TAM",
        "first_reach_out": "A call or meeting was held",
        "status": "A call or meeting is planned",
        "start_date": "The TAM is there",
    }
    found = [said[name] for name in said if name in fields]
    return (
        found[0]
        if found
        else {"behind": "It has passed a goal", "stuck": "It has been open for too long"}.get(row["track"], "Its days moved on")
    )
