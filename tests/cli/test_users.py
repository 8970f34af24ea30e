"""``tenure users``."""

import json

import pytest
import typer
from typer.testing import CliRunner, Result

from tenure.cli import users
from tenure.models import Event, User
from tests.world import World

app = typer.Typer()
users.register(app)


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["users", *args])


def test_adding_a_person_prints_only_the_link(world: World) -> None:
    result = run("add", "New@example.com", "--name", "New Person", "--role", "tam", "--role", "support")

    made = User.objects.get(email="new@example.com")
    assert result.exit_code == 0
    assert result.stdout.startswith("http://127.0.0.1:8000/login/password/")
    assert result.stdout.count("\n") == 1
    assert made.role_keys == ["tam", "support"]
    assert [event.verb for event in Event.objects.filter(object_id=made.pk).order_by("id")] == ["user.created", "user.link_made"]


@pytest.mark.parametrize(
    "args",
    [
        ("add", "tam@example.com", "--name", "Again"),
        ("add", "x@example.com", "--name", "X", "--role", "wizard"),
        ("deactivate", "ada@example.com"),
        ("deactivate", "nobody@example.com"),
        ("reset", "nobody@example.com"),
    ],
)
def test_a_mistake_ends_with_a_sentence_and_status_2(args: tuple[str, ...], world: World) -> None:
    people = list(User.objects.order_by("pk").values_list("email", "is_active"))

    result = run(*args)

    assert result.exit_code == 2
    assert result.stderr.strip().endswith(".")
    assert "Traceback" not in result.stderr
    assert list(User.objects.order_by("pk").values_list("email", "is_active")) == people


def test_the_list_comes_as_json_and_csv(world: World) -> None:
    User.objects.filter(pk=world.pia.pk).update(is_active=False)

    rows = {row["email"]: row for row in json.loads(run("list", "--format", "json").stdout)}
    lines = run("list", "--format", "csv", "--role", "tam").stdout.splitlines()

    assert rows["pia@example.com"]["state"] == "closed"
    assert rows["mona@example.com"]["roles"] == "tam_manager"
    assert lines[0] == "email,name,roles,region,state,last_login"
    assert [line.split(",")[0] for line in lines[1:]] == ["tam@example.com", "tessa@example.com"]


def test_deactivate_says_what_work_stays(world: World) -> None:
    result = run("deactivate", "tam@example.com")

    assert result.exit_code == 0
    assert "1 open assignment" in result.stderr
    assert not User.objects.get(pk=world.tam.pk).is_active
