"""Numbers that no database keeps, in every address and form of projects: not found or refused, and nothing is changed."""

from typing import Any

from django.urls import reverse

from tenure.queries import keyset
from tests.actions.test_projects import begun, kept
from tests.conftest import ClientFor
from tests.views.routes_projects import ROWS
from tests.world import World

HUGE = "9" * 30
QUERIES = [
    "/projects/{pk}/issues/?" + query
    for query in (
        f"q=%23{HUGE}", f"f=labels:any:{HUGE}", f"f=labels:none:{HUGE}", f"f=column:is:{HUGE}", f"f=milestone:not:{HUGE}", f"f=assignee:is:{HUGE}",
        f"f=iid:is:{HUGE}", f"f=weight:gt:{HUGE}", f"f=due:next:{HUGE}", f"group=milestone&f=milestone:is:{HUGE}",
        f"sort=-iid&after={keyset.token([int(HUGE)])}",
    )
] + [
    f"/projects/{{pk}}/board/?f=labels:any:{HUGE}", f"/projects/{{pk}}/milestones/?milestone={HUGE}", f"/projects/{{pk}}/issues/export/?id={HUGE}",
    f"/projects/{{pk}}/issues/new/?label={HUGE}&milestone={HUGE}", f"/projects/?f=owner:is:{HUGE}", f"/projects/?f=differs:gt:{HUGE}", f"/projects/?f=version:is:{HUGE}",
]  # fmt: skip
FORMS: list[tuple[str, dict[str, str], int]] = [
    ("issues/bulk/", {"id": HUGE, "do": "state:closed"}, 302), ("issues/bulk/", {"id": "{issue}", "do": f"add_labels:{HUGE}"}, 302),
    ("issues/bulk/", {"id": "{issue}", "do": f"milestone:{HUGE}"}, 302), ("issues/bulk/", {"id": "{issue}", "do": f"assignees:{HUGE}"}, 302),
    ("board/7/", {"to": HUGE}, 200), ("issues/7/tick/", {"box": HUGE, "words": "W"}, 302), ("issues/new/", {"title": "T", "weight": HUGE}, 422),
    ("issues/7/change/", {"title": "T", "milestone": HUGE}, 422), ("issues/7/change/", {"title": "T", "label": HUGE}, 422),
    ("people/new/", {"user": HUGE, "access": "developer"}, 422), ("guests/new/", {"name": "G", "days": HUGE}, 422), ("update/", {"version": HUGE}, 422),
]  # fmt: skip


def test_in_an_address_they_are_not_found(world: World, client_for: ClientFor) -> None:
    client = client_for(world.ada)
    found: dict[str, int] = {}
    for name, _, methods, args, _ in ROWS:
        given = args(world)
        for key in (key for key, value in given.items() if isinstance(value, int)):
            url = reverse(name, kwargs={**given, key: int(HUGE)})
            answer = client.post(url) if methods == "POST" else client.get(url)
            found[f"{name} {key}"] = answer.status_code

    # Of a remark that is gone a toast over its issue tells.
    said = [f"projects:comment_{verb} comment" for verb in ("change", "delete", "restore")]
    assert {name: status for name, status in found.items() if status != 404} == dict.fromkeys(said, 302)
    assert len(found) > 50


def test_in_a_query_they_find_nothing_and_in_a_form_they_are_refused(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    issue = row.issues.get(iid=7)
    client, was = client_for(world.tam), kept()
    for query in QUERIES:
        assert client.get(query.format(pk=row.pk)).status_code == 200, query
    for path, form, status in FORMS:
        given: dict[str, Any] = {key: value.format(issue=issue.pk) for key, value in form.items()}
        assert client.post(f"/projects/{row.pk}/{path}", given).status_code == status, (path, form)
    assert kept()[0] == was[0]
