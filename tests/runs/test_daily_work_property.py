"""Whatever people do between daily runs, however often these are repeated and wherever they are killed: no occasion twice, nothing of a
person's overwritten, and a run that has come to its end leaves nothing to do."""

import contextlib
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure.actions import activities, assignments, ctas, tasks
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Event, Subscription, Task
from tenure.queries import columns, events
from tenure.runs import daily
from tests.world import World

DAY = timedelta(days=1)
SET = {
    "title": "By hand",
    "due_date": date(2027, 1, 11),
    "priority": 3,
    "status": "in_progress",
    "note": "Mine",
    "reason": "Other",
    "owner": "mona",
}
STEP = {"title": "Step by hand", "due_date": date(2027, 1, 12), "owner": "mona"}
QUICK = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
pick = st.integers(0, 9)
operations = st.one_of(
    st.tuples(st.just("run"), st.integers(0, 40), st.none() | st.integers(0, 200)),
    st.tuples(st.just("log"), st.sampled_from(["call", "email", "ebr", "update"]), st.sampled_from(["", "red", "green"])),
    st.tuples(st.just("unlog"), pick),
    st.tuples(st.just("set"), pick, st.sampled_from(sorted(SET))),
    st.tuples(st.just("step"), pick, st.sampled_from([*sorted(STEP), "done"])),
    st.tuples(st.just("close"), pick),
    st.tuples(st.just("snooze"), pick, st.integers(1, 30)),
    st.tuples(st.just("assign"), st.sampled_from(["homeworld", "le_hotel"]), st.sampled_from(["tam", "tessa"])),
    st.tuples(st.just("renewal"), st.integers(-60, 300)),
)


class Killed(BaseException):
    """The process died here."""


class Killer:
    """Lets a number of statements through, then dies."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if self.left < 0 and not sql.lower().startswith(("savepoint", "release", "rollback")):
            raise Killed
        return execute(sql, params, many, context)


class Played:
    """The world, its day, and what people have set: (CTA, column) -> value."""

    def __init__(self, world: World) -> None:
        self.world, self.day, self.theirs = world, world.today, dict[tuple[type[CallToAction | Task], int, str], Any]()

    @property
    def at(self) -> datetime:
        return self.world.at + (self.day - self.world.today)

    def run(self, later: int, killed: int | None) -> None:
        self.day += later * DAY
        plan = daily.plan(self.day)
        if killed is None:
            assert daily.apply(plan, at=self.at, actor=None).failed == []
            return
        try:
            with connection.execute_wrapper(Killer(killed)):
                daily.apply(plan, at=self.at, actor=None)
        except Killed:
            pass

    def log(self, kind: str, sentiment: str) -> None:
        given = {"kind": kind, "subject": "Talk", "happened_at": self.at, "sentiment": sentiment}
        activities.log(self.world.homeworld, given, today=self.day, actor=None, at=self.at, author=self.world.tam)

    def unlog(self, number: int) -> None:
        rows = list(self.world.homeworld.activities.filter(deleted_at=None).order_by("pk"))
        if rows:
            activities.delete(rows[number % len(rows)], actor=None, at=self.at)

    def on_cta(self, name: str, number: int, value: Any = None) -> None:
        rows = list(CallToAction.objects.filter(is_open=True).order_by("pk"))
        if not rows:
            return
        row, who = rows[number % len(rows)], self.world.mona
        try:
            if name == "set" and ctas.update(row, {value: self.value(SET[value])}, today=self.day, actor=who, at=self.at):
                self.theirs[CallToAction, row.pk, value] = self.value(SET[value])
            elif name == "close":
                ctas.close(row, "closed_not_relevant", note="By hand", actor=who, at=self.at)
                self.theirs |= {(CallToAction, row.pk, "is_open"): False, (CallToAction, row.pk, "outcome_note"): "By hand"}
                self.theirs.pop((CallToAction, row.pk, "status"), None)
            elif name == "snooze":
                ctas.snooze(row, self.day + value * DAY, "Later", today=self.day, actor=who, at=self.at)
        except Refused:
            pass

    def value(self, given: Any) -> Any:
        """A value to set; people by their name in the cast."""
        return self.world.people.get(given, given)

    def step(self, number: int, name: str) -> None:
        """Somebody changes a task, or does it."""
        rows = list(Task.objects.filter(status="open", cta__is_open=True).order_by("pk"))
        if not rows:
            return
        row, who = rows[number % len(rows)], self.world.mona
        with contextlib.suppress(Refused):
            if name == "done":
                tasks.done(row, {asked["key"]: _answer(asked) for asked in row.asked}, actor=who, at=self.at)
                self.theirs[Task, row.pk, "status"] = "done"
            elif tasks.update(row, {name: self.value(STEP[name])}, actor=who, at=self.at):
                self.theirs[Task, row.pk, name] = self.value(STEP[name])

    def assign(self, account: str, tam: str) -> None:
        with contextlib.suppress(Refused):
            assignments.assign(
                self.world.accounts[account],
                self.world.people[tam],
                "tam",
                from_date=self.day,
                actor=None,
                at=self.at,
                today=self.day,
            )

    def renewal(self, days: int) -> None:
        Subscription.objects.filter(account=self.world.homeworld).update(end_date=date(2027, 4, 30) + days * DAY)

    def holds(self) -> None:
        """What is true whatever was done."""
        keys = list(CallToAction.objects.exclude(natural_key=None).values_list("natural_key", flat=True))
        assert len(keys) == len(set(keys))
        assert Event.objects.filter(verb="cta.raised").count() == len(keys)
        # Nobody makes any by hand here: what has no key goes on with the steps of one that was closed.
        made = CallToAction.objects.filter(natural_key=None).count()
        assert made == Event.objects.filter(verb="cta.created").count() == Event.objects.filter(verb="cta.continued").count()
        for (model, pk, name), value in self.theirs.items():
            row = model._default_manager.get(pk=pk)
            assert getattr(row, name) == value or (name == "status" and done_in_hand(row))
        assert not Task.objects.filter(cta__is_open=False, status="open").exists()
        single = ("cadence_call", "health_update", "am_follow_up", "release_education", "at_risk_update", "assign_tam")
        held = CallToAction.objects.filter(is_open=True, rule__in=single).values_list("rule", "account")
        assert len(held) == len(set(held))


def done_in_hand(row: CallToAction | Task) -> bool:
    """Whether a run closed what a person had in hand because it was done."""
    return (
        isinstance(row, CallToAction)
        and row.status == "closed_success"
        and row.outcome_note.endswith("(Mona Manager had it in hand)")
    )


def _answer(asked: dict[str, Any]) -> str:
    return {"choice": str(asked["choices"][0]) if asked.get("choices") else "", "date": "2026-12-01", "number": "3"}.get(
        asked["kind"], "Said"
    )


@QUICK
@given(script=st.lists(operations, min_size=2, max_size=9))
def test_no_occasion_comes_twice_and_nothing_of_a_persons_is_lost(world: World, script: list[tuple[Any, ...]]) -> None:
    blocks = columns.blocks.__defaults__
    columns.blocks.__defaults__ = (None, 3)
    try:
        with transaction.atomic():
            played = Played(world)
            for name, *args in script:
                if name in ("set", "close", "snooze"):
                    played.on_cta(name, *args)
                else:
                    getattr(played, name)(*args)
                played.holds()
            played.run(0, None)
            played.holds()
            assert list(daily.plan(played.day).changes()) == []
            assert events.verify().broken_at is None
            transaction.set_rollback(True)
    finally:
        columns.blocks.__defaults__ = blocks
