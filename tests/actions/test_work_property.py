"""Whatever people and runs do, in whatever order, and wherever they are killed: no occasion twice, and an undo is exact."""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure.actions import cascades, ctas, ctas_bulk, ctas_runs, tasks
from tenure.actions.ctas_bulk import Assign, Close, Shift, Snooze
from tenure.actions.ctas_calls import Call, Planned
from tenure.actions.ctas_runs import Revision
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Cascade, Event, Task
from tenure.queries import events
from tests import work
from tests.world import TODAY, World

KEYS = [f"cadence:{number}" for number in range(4)]
QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
days = st.integers(1, 20).map(lambda n: timedelta(days=n))
pick = st.integers(0, 7)


class Killed(Exception):
    """The process died here."""


class Killer:
    """Lets a number of statements through, then dies: everything of the transaction is rolled back."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if self.left < 0 and not sql.lower().startswith(("savepoint", "release", "rollback")):
            raise Killed
        return execute(sql, params, many, context)


operations = st.one_of(
    st.tuples(st.just("raise"), st.sets(st.sampled_from(KEYS), min_size=1)),
    st.tuples(st.just("revise"), st.sampled_from(KEYS), days),
    st.tuples(st.just("settle"), pick),
    st.tuples(st.just("wake"), days),
    st.tuples(st.just("snooze"), pick, days),
    st.tuples(st.just("close"), pick),
    st.tuples(st.just("reopen"), pick),
    st.tuples(st.just("rename"), pick, st.sampled_from(["By hand", "By Tam"])),
    st.tuples(st.just("due"), pick, days),
    st.tuples(st.just("task"), pick),
    st.tuples(st.just("add"), pick),
    st.tuples(st.just("shift"), days),
    st.tuples(st.just("undo"), pick),
)


def carry_out(world: World, operation: tuple[Any, ...]) -> None:
    """One thing that a person or a run does; what can't be is refused."""
    name, *args = operation
    rows = list(CallToAction.objects.order_by("pk"))
    row = rows[args[0] % len(rows)] if rows and args and isinstance(args[0], int) else None
    person: dict[str, Any] = {"actor": world.tam, "at": world.at}
    run: dict[str, Any] = {"today": TODAY, "at": world.at}
    if name == "raise":
        steps = (Planned("Prepare", "a", due_date=TODAY + timedelta(days=2)), Planned("Write up", "b", after=("a",)))
        ctas_runs.raise_many(
            [Call(world.homeworld.pk, "activity", "By rule", key, owner_id=world.tam.pk, due_date=TODAY + timedelta(days=3), rule="cadence", tasks=steps)
             for key in sorted(args[0])], **run,
        )  # fmt: skip
    elif name == "revise":
        ctas_runs.revise_many([Revision(args[0], {"title": "By rule again", "due_date": TODAY + args[1]})], **run)
    elif name == "wake":
        ctas_runs.wake_many(today=TODAY + args[0], at=world.at)
    elif name == "shift" and rows:
        ctas_bulk.bulk([one.pk for one in rows], Shift(args[0].days), today=TODAY, **person)
    elif name == "undo" and (kept := list(Cascade.objects.order_by("-pk")[:8])):
        cascades.undo(kept[args[0] % len(kept)], **person)
    elif row is not None:
        on_row(row, name, args, person, run)


def on_row(row: CallToAction, name: str, args: list[Any], person: dict[str, Any], run: dict[str, Any]) -> None:
    if name == "settle":
        work.settle_many([row.pk], "closed_success", "Held", **run)
    elif name == "snooze":
        ctas.snooze(row, TODAY + args[1], "Later", today=TODAY, **person)
    elif name == "close":
        ctas.close(row, "closed_not_relevant", **person)
    elif name == "reopen":
        ctas.reopen(row, **person)
    elif name == "rename":
        ctas.update(row, {"title": args[1]}, today=TODAY, **person)
    elif name == "due":
        cascades.apply(row, cascades.preview_due(row, TODAY + args[1]), **person)
    elif name == "add":
        tasks.add(row, "My own", **person)
    elif name == "task" and (task := row.tasks.filter(status="open").first()):
        tasks.done(task, **person)


def true_to_itself() -> None:
    """What must hold whatever was done."""
    keys = list(CallToAction.objects.exclude(natural_key=None).values_list("natural_key", flat=True))
    assert len(keys) == len(set(keys))
    raised = list(Event.objects.filter(verb="cta.raised").values_list("object_id", flat=True))
    assert sorted(raised) == sorted(CallToAction.objects.exclude(origin="follow_up").values_list("pk", flat=True))
    own = Task.objects.filter(Q(key="") | ~Q(edited=[]))
    assert not own.filter(status="skipped").exists()  # neither a run nor a closing drops what people added or changed
    for row in CallToAction.objects.all():
        assert row.is_open == (row.status in ("new", "in_progress"))
        assert (row.tasks_open, row.tasks_done) == (
            row.tasks.filter(status="open").count(),
            row.tasks.filter(status="done").count(),
        )
        if "title" in row.edited:
            assert row.title in ("By hand", "By Tam")
        if not row.is_open:
            assert row.tasks_open == 0
            assert row.snoozed_until is None
    assert events.verify().broken_at is None


@QUICK
@given(script=st.lists(st.tuples(operations, st.none() | st.integers(0, 30)), min_size=1, max_size=14))
def test_no_occasion_comes_twice_whatever_happens(world: World, script: list[tuple[tuple[Any, ...], int | None]]) -> None:
    with transaction.atomic():
        for operation, killed in script:
            before = work.content()
            try:
                with transaction.atomic():
                    if killed is None:
                        carry_out(world, operation)
                    else:
                        with connection.execute_wrapper(Killer(killed)):
                            carry_out(world, operation)
            except (Killed, Refused):
                assert work.content() == before
        true_to_itself()
        transaction.set_rollback(True)


due = st.one_of(st.none(), st.integers(0, 30).map(lambda n: TODAY + timedelta(days=n)))


@QUICK
@given(
    plan=st.lists(st.tuples(due, st.booleans(), st.integers(0, 4)), max_size=6),
    cta_due=due,
    asked=st.integers(0, 6),
    to=st.integers(0, 60).map(lambda n: TODAY + timedelta(days=n)),
    unit=st.sampled_from(["", "days", "business_days"]),
)
def test_a_cascade_and_its_undo_are_nothing(world: World, plan: list[Any], cta_due: Any, asked: int, to: Any, unit: str) -> None:
    with transaction.atomic():
        row = work.cta(world, due_date=cta_due)
        made: list[Task] = []
        for number, (day, _, after) in enumerate(plan):
            first = [made[after]] if after < len(made) else []
            made.append(work.task(world, row, f"Task {number}", day, after=first))
        for task, (_, done, _) in zip(made, plan, strict=True):
            if done and not task.after.filter(status="open").exists():
                tasks.done(task, actor=None, at=world.at)
        subject: Any = ([row, *made])[asked % (len(made) + 1)]
        before = work.rows()

        shown = cascades.preview_due(subject, to, unit=unit)
        assert work.rows() == before
        try:
            kept = cascades.apply(subject, shown, actor=world.tam, at=world.at)
        except Refused:
            kept = None
        if kept is not None:
            for move in shown:
                model = CallToAction if move.noun == "cta" else Task
                assert model.objects.get(pk=move.pk).due_date == move.after
            cascades.undo(kept, actor=world.tam, at=world.at)
        assert work.rows() == before
        transaction.set_rollback(True)


whats = st.one_of(
    st.builds(Shift, st.integers(-20, 20).filter(bool), st.sampled_from(["days", "business_days"]), st.booleans()),
    st.builds(lambda n: Snooze(TODAY + timedelta(days=n), "Later"), st.integers(1, 30)),
    st.builds(Close, st.sampled_from(["closed_success", "not_needed"]), st.sampled_from(["", "Because"])),
    st.just("assign"),
)


@QUICK
@given(what=whats, count=st.integers(1, 6), closed=st.sets(st.integers(0, 5)), dateless=st.sets(st.integers(0, 5)))
def test_what_is_done_to_many_and_taken_back_is_nothing(
    world: World, what: Any, count: int, closed: set[int], dateless: set[int]
) -> None:
    with transaction.atomic():
        rows = [
            work.cta(world, due_date=None if n in dateless else TODAY + timedelta(days=n), type="lifecycle" if n % 2 else "risk")
            for n in range(count)
        ]
        for number, row in enumerate(rows):
            work.task(world, row, "Step", TODAY)
            if number in closed:
                ctas.close(row, "closed_success", actor=None, at=world.at)
        before = work.rows()

        done = ctas_bulk.bulk(
            [row.pk for row in rows], Assign(world.ari) if what == "assign" else what, today=TODAY, actor=world.mona, at=world.at
        )

        assert len(done.done) + len(done.unchanged) + len(done.refused) == count
        if done.cascade:
            cascades.undo(done.cascade, actor=world.mona, at=world.at)
        assert work.rows() == before
        transaction.set_rollback(True)
