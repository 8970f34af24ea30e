"""The issues of a project as a list: how many match, also where the project's own row says so."""

from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import projects_issues as actions
from tenure.queries import lists, projects_issues
from tests.actions.test_projects import begun
from tests.world import World


@pytest.mark.parametrize(
    ("query", "hidden", "expected", "asked"),
    [
        ("f=state:is:opened", True, 13, 0), ("f=state:is:closed", True, 1, 0), ("f=state:any:opened", True, 13, 0), ("view=all", True, 14, 0),
        ("f=state:any:opened,closed", True, 14, 1), ("f=state:none:opened", True, 1, 1), ("f=state:is:opened&f=confidential:no", True, 12, 1),
        ("f=state:is:opened|state:is:closed", True, 14, 1), ("f=state:is:opened", False, 12, 0), ("f=state:is:closed", False, 1, 0), ("view=all", False, 13, 0),
    ],
)  # fmt: skip
def test_what_is_open_or_closed_is_counted_once(world: World, query: str, hidden: bool, expected: int, asked: int) -> None:
    row = begun(world)
    actions.close(row, row.issues.get(key="welcome").pk, today=world.today, actor=world.tam, at=world.at)
    row.refresh_from_db()
    state = lists.read(parse_qsl(query), projects_issues.columns(row), projects_issues.DEFAULTS)
    found = projects_issues.matching(row, hidden, world.tam, state, world.today)

    with CaptureQueriesContext(connection) as queries:
        known = projects_issues.sums(found, row, hidden, state)

    assert (known.count, found.count(), len(queries)) == (expected, expected, asked)
