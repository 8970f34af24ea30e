"""The project of the demo company whose template has moved on: what differs, and what somebody has to choose."""

import pytest

from tenure.models import Project, Run
from tenure.queries import projects, projects_check, projects_template
from tests.runs.test_demo import built, evening  # noqa: F401 - the fixtures: built once, on the same day
from tests.world import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


def test_funlands_template_has_moved_on_and_one_line_clashes(built: Run) -> None:  # noqa: F811
    row = Project.objects.get(account__name="Funland Arcade")
    template = projects.newer(row, TODAY)
    assert template is not None

    found = projects_template.changes(row, template)

    assert (row.owner.email if row.owner else "", row.version, template.version) == ("tam@demo.example", 1, 2)
    assert (row.outdated, row.differs, row.unmoved) == (True, 3, True)
    assert [one.code for one in found if one.state == "clash"] == ["issue:adoption:description"]
    assert [one.code for one in found if one.what == "added"] == ["label:upgrade", "issue:success_plan", "issue:upgrade_plan"]
    assert len(found) == 12
    assert [(one.kind, one.mend) for one in projects_check.differences(row, TODAY)] == [
        ("phase", "Move it to post-sales"), ("member", ""), ("member", ""),
    ]  # fmt: skip
    others = Project.objects.filter(outdated=True).exclude(pk=row.pk).values_list("account__name", flat=True)
    assert list(others) == ["Ember Bridge Games Inc."]
