"""Who may do what: read from the pack, refused where it makes no sense."""

from pathlib import Path

import pytest

from tenure.rules import access
from tenure.rules.errors import PackError
from tenure.rules.packs import load
from tests.rules.conftest import write

ACCESS = """
capabilities:
  - {key: account.view, title: See accounts}
  - {key: log.verify, title: Check the log}
roles:
  boss: {title: Boss, sees: all, may: [account.view, log.verify], landing: reports}
  guest: {title: Guest, sees: none}
"""


def test_the_roles_are_those_of_the_pack_in_the_order_of_the_file(tmp_path: Path) -> None:
    found = access.roles(load(write(tmp_path, {"access.yaml": ACCESS})))

    assert list(found.values()) == [
        access.Role("boss", "Boss", "all", frozenset({"account.view", "log.verify"}), "reports"),
        access.Role("guest", "Guest", "none", frozenset()),
    ]


def test_a_changed_file_changes_the_roles(tmp_path: Path) -> None:
    access.roles(load(write(tmp_path, {"access.yaml": ACCESS})))
    write(tmp_path, {"access.yaml": ACCESS.replace("Guest, sees: none", "Visitor, sees: none")})

    assert access.roles(load(tmp_path))["guest"].title == "Visitor"


def test_a_pack_without_roles_takes_the_shipped_ones(tmp_path: Path) -> None:
    assert access.roles(load(write(tmp_path, {}))) == access.roles(load())
    assert "user.manage" in access.roles(load())["admin"].may


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("sees: none", "sees: everything", 7, "found 'everything'"),
        ("title: Boss, ", "", 6, "'title' is missing here"),
        ("title: Boss", "titel: Boss", 6, "'titel' is not a key that can stand here. Did you mean 'title'?"),
        ("[account.view, ", "[acount.view, ", 6, "'acount.view' is not one of the capabilities. Did you mean 'account.view'?"),
        ("landing: reports", "engages: [gest]", 6, "'gest' is not one of the roles. Did you mean 'guest'?"),
        ("roles:", "people:", 1, "a list of capabilities and a mapping of roles"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_with_its_place(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    with pytest.raises(PackError) as caught:
        load(write(tmp_path, {"access.yaml": ACCESS.replace(old, new)}))

    found = [finding for finding in caught.value.findings if words in finding.message]
    assert [(finding.code, finding.file, finding.line) for finding in found] == [("HB001", "access.yaml", line)]
