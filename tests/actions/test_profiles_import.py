"""Profiles from a file: exact counts, idempotent, one bad row alone fails, a dry run writes nothing; and two writers at once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tenure.actions import profiles, profiles_import, profiles_proposals, profiles_sheets
from tenure.actions.profiles_import import Bad
from tenure.actions.refusals import Refused
from tenure.cli import profiles as cli
from tenure.cli import trouble
from tenure.models import Event, ProfileProposal, ProfileValue
from tests import work
from tests.actions.test_work_at_once import at_once
from tests.world import TODAY, World

DAY = timedelta(days=1)
app = typer.Typer()
cli.register(app)


def rows(*cells: dict[str, str]) -> list[tuple[int, dict[str, str]]]:
    return list(enumerate(cells, 2))


def take(world: World, given: list[tuple[int, dict[str, str]]], **more: Any) -> profiles_import.Taken:
    return profiles_import.take(given, today=TODAY, at=world.at, **{"actor": None, **more})


GOOD = {
    "account": "homeworld inc.",
    "field": "nodes",
    "value": "12",
    "learnt on": "2026-11-01",
    "source": "call",
    "note": "Admin",
}


def test_rows_are_values_and_a_bad_one_alone_fails(world: World) -> None:
    given = rows(
        GOOD, {**GOOD, "field": "moon"}, {**GOOD, "account": "Nobody"}, {**GOOD, "field": "hosted", "value": "perhaps"},
        {"account id": str(world.le_hotel.pk), "field": "version", "value": "16.5"}, {"field": "version", "value": "16.5"},
        {**GOOD, "learnt on": "soon"}, {**GOOD, "account id": str(world.le_hotel.pk)},
    )  # fmt: skip

    found = take(world, given)

    assert (found.new, found.confirmed, found.unchanged) == (2, 0, 0)
    assert found.bad == [
        Bad(3, "homeworld inc.", "moon", "The handbook has no field 'moon'. Choose one of its profiles."),
        Bad(4, "Nobody", "nodes", "There is no account 'Nobody'."),
        Bad(5, "homeworld inc.", "hosted", "Hosted on GitLab.com: 'perhaps' is neither. Write yes or no."),
        Bad(7, "", "version", "The row names no account. Fill in 'Account' or 'Account id'."),
        Bad(8, "homeworld inc.", "nodes", "'soon' is no day. Write it as year-month-day, like 2026-03-31."),
        Bad(
            9,
            str(world.le_hotel.pk),
            "nodes",
            f"Account {world.le_hotel.pk} is Le Hotel here, not homeworld inc.. Correct the id, or leave it blank.",
        ),
    ]
    row = ProfileValue.objects.get(field="nodes")
    assert (row.account, row.value, row.source, row.source_note, row.learnt_on) == (
        world.homeworld,
        12,
        "call",
        "Admin",
        TODAY - 15 * DAY,
    )
    assert ProfileValue.objects.get(field="version").source == "import"


def test_the_same_file_again_changes_nothing_and_a_dry_run_writes_nothing(world: World) -> None:
    dry = take(world, rows(GOOD), dry_run=True)
    assert (dry.new, ProfileValue.objects.count(), Event.objects.filter(noun="profile").count()) == (1, 0, 0)

    take(world, rows(GOOD))
    again = take(world, rows(GOOD))

    assert (again.new, again.confirmed, again.unchanged, again.bad) == (0, 0, 1, [])
    assert ProfileValue.objects.count() == 1
    assert take(world, rows({**GOOD, "learnt on": "2026-11-10"})).confirmed == 1


def test_rights_hold_for_whoever_imports(world: World) -> None:
    found = take(world, rows(GOOD, {**GOOD, "account": "Big Donut"}), actor=work.fresh(world.sol))

    assert [bad.sentence for bad in found.bad] == [
        "You may not change the profiles of Homeworld Inc..",
        "There is no account 'Big Donut'.",
    ]
    assert ProfileValue.objects.count() == 0


@pytest.mark.parametrize("form", ["csv", "xlsx", "md", "json"])
def test_the_command_writes_a_file_that_it_reads(world: World, tmp_path: Path, form: str) -> None:
    take(world, rows(GOOD, {**GOOD, "field": "why", "value": "one\ntwo"}))
    path = str(tmp_path / f"p.{form}")

    out = CliRunner().invoke(app, ["profile", "export", path, "--account", "Homeworld Inc."])
    back = CliRunner().invoke(app, ["profile", "import", path, "--by", "ops@example.com"])

    assert (out.exit_code, out.stdout) == (0, f"2 values in {path}.\n")
    assert (back.exit_code, back.stdout) == (0, f"p.{form}: 0 new, 0 confirmed, 2 unchanged, 0 refused.\n")


def test_the_command_says_what_it_could_not_take(world: World, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("Account,Field,Value\nHomeworld Inc.,nodes,many\nHomeworld Inc.,nodes,3\n")

    done = CliRunner().invoke(app, ["profile", "import", str(path)])

    assert done.exit_code == 1
    assert done.stdout == "p.csv: 1 new, 0 confirmed, 0 unchanged, 1 refused.\n"
    assert done.stderr == "  row 2, Homeworld Inc., nodes: Servers: 'many' is no number. Write digits only, like 1200 or 12.5.\n"
    assert CliRunner().invoke(app, ["profile", "export", str(tmp_path / "p.exe")]).exit_code == 2
    assert CliRunner().invoke(app, ["profile", "export", str(path), "--account", "Nobody"]).exit_code == 2


def test_the_command_keeps_to_rights_and_tells_what_is_no_row_or_no_file(world: World, tmp_path: Path) -> None:
    path, text = tmp_path / "p.csv", "Account;Field;Value\nHomeworld Inc.;nodes;3\nHomeworld Inc.;version\n"
    path.write_bytes(text.encode("cp1252"))

    shut = CliRunner().invoke(app, ["profile", "import", str(path), "--by", "sol@example.com"])
    assert (shut.exit_code, shut.stdout) == (1, "p.csv: 0 new, 0 confirmed, 0 unchanged, 2 refused.\n")
    assert shut.stderr.splitlines()[0] == "  row 2, Homeworld Inc., nodes: You may not change the profiles of Homeworld Inc.."
    assert ProfileValue.objects.count() == 0
    assert CliRunner().invoke(app, ["profile", "import", str(path), "--by", "nobody@example.com"]).exit_code == 2
    done = CliRunner().invoke(app, ["profile", "import", str(path)])
    assert (done.exit_code, done.stdout) == (1, "p.csv: 1 new, 0 confirmed, 0 unchanged, 1 refused.\n")
    broken = CliRunner().invoke(app, ["profile", "import", str(tmp_path / "p.json")])
    assert (broken.exit_code, broken.stderr) == (2, f"Error: {tmp_path / 'p.json'} isn't there\n")
    (tmp_path / "p.json").write_text("{")
    wrong = CliRunner().invoke(app, ["profile", "import", str(tmp_path / "p.json")])
    assert trouble(wrong.exception).startswith("p.json is no JSON")  # type: ignore[arg-type]
    lost = CliRunner().invoke(app, ["profile", "export", str(tmp_path / "no" / "p.csv")])
    assert (lost.exit_code, lost.stderr) == (
        2,
        f"Error: {tmp_path / 'no' / 'p.csv'} can't be written: No such file or directory\n",
    )


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_one_value_one_answer_and_one_decision(transactional_db: None, world: World) -> None:
    def put(raw: str) -> Any:
        return lambda: profiles.set_value(
            world.homeworld, "employees", raw, learnt_on=TODAY, today=TODAY, actor=work.fresh(world.tam), at=world.at, seen=0
        )

    failed = at_once(put("51000"), put("52000"))
    assert [type(one) for one in failed] == [profiles.Clash]
    assert ProfileValue.objects.filter(replaced_at=None, field="employees").count() == 1

    _, token = profiles_sheets.make(
        world.homeworld, "Kick-off", ("nodes",), today=TODAY, actor=work.fresh(world.tam), at=world.at
    )
    failed = at_once(
        *(
            lambda raw=raw: profiles_sheets.answer(token, {"nodes": raw}, from_name="Ann", today=TODAY, at=world.at)
            for raw in "34"
        )  # type: ignore[misc]
    )
    assert [getattr(one, "code", one) for one in failed] == ["not_found"]
    row = ProfileProposal.objects.get()

    def accept(who: str) -> Any:
        return lambda: profiles_proposals.accept(row, today=TODAY, actor=work.fresh(world.people[who]), at=world.at)

    failed = at_once(accept("tam"), accept("mona"))
    assert [(type(one), getattr(one, "sentence", "")) for one in failed] == [(Refused, "That has been decided already.")]
    assert ProfileValue.objects.filter(field="nodes").count() == 1
