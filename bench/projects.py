"""One project with 100,000 issues: server time of one request (list, filters, board, one issue), and its growth against 1,000.

    python -m bench.projects [ISSUES]                                       SQLite
    python -m tools.postgres python -m bench.projects [ISSUES]              PostgreSQL

Each request goes through the whole stack in this process: session, rights, queries, cells, template. ``cpu`` is this process's own time: on
PostgreSQL the server's is not in it.

The whole board, the milestones and how many are open come from the project's own tally. Three requests read a number of rows that grows with the
project, whatever index there is: the board of a label counts its columns from every issue that bears it (here 28,574 of them); a word is looked
for in every title, as in the other lists (PostgreSQL alone could index its parts, with an extension that an operator would have to allow); the
burndown adds up a line for every turn of an issue. Each is one pass: the cards and the page beside it come from indexes.
"""

import random
import statistics
from datetime import date, timedelta
from typing import Any

from bench import common, list_page, pages

ROUNDS, SMALL = 15, 1_000
BARS = {"page": 50.0, "growth": 3.0}
OPENS = "the list as it opens: open issues by due day"
MIX = {
    OPENS: "/projects/{pk}/issues/?f=state:is:opened",
    "everything, newest first": "/projects/{pk}/issues/?view=all&sort=-iid",
    "one label": "/projects/{pk}/issues/?f=labels:any:{label}&f=state:is:opened",
    "one milestone": "/projects/{pk}/issues/?f=milestone:is:{stone}&f=state:is:opened",
    "one's own": "/projects/{pk}/issues/?f=assignee:me&f=state:is:opened",
    "a word": "/projects/{pk}/issues/?q=no.%20777",
    "90 % deep": "/projects/{pk}/issues/?f=state:is:opened&after={deep}",
    "the board": "/projects/{pk}/board/?view=all",
    "the board of one label": "/projects/{pk}/board/?f=labels:any:{label}",
    "one issue": "/projects/{pk}/issues/1/",
    "milestones and burndown": "/projects/{pk}/milestones/",
}
NAMES = [
    "project_id", "iid", "title", "description", "state", "milestone_id", "column_id", "due_date", "weight", "confidential", "position", "key", "base", "role",
    "boxes", "ticked", "remarks", "created_at", "updated_at", "closed_at",
]  # fmt: skip


def begin(cast: dict[str, Any]) -> Any:
    """The project, of the first account of the TAM."""
    from tenure.actions import projects
    from tenure.models import Account, Assignment

    account = Account.objects.get(pk=Assignment.objects.filter(user=cast["tam"]).values_list("account", flat=True)[:1])
    return projects.create(
        account, "enterprise", start=date(2026, 1, 5), today=list_page.TODAY, actor=cast["tam"], at=list_page.AT
    )


def fill(project: Any, cast: dict[str, Any], first: int, count: int) -> None:
    """``count`` more issues: a third closed, one in fifty confidential, three labels each, a fifth of them with somebody."""
    from django.db import transaction

    from tenure.actions import bulk, projects_writing
    from tenure.models import Project, ProjectIssue, ProjectIssueState

    dice = random.Random(first)
    labels = list(project.labels.order_by("pk"))
    columns, kinds = [one.pk for one in labels if one.board], [one.pk for one in labels if not one.board]
    stones = list(project.milestones.values_list("pk", flat=True))

    def line(iid: int) -> list[Any]:
        closed, due = iid % 3 == 0, list_page.TODAY + timedelta(days=dice.randrange(-60, 400)) if iid % 20 else None
        return [project.pk, iid, f"What is to be done, no. {iid}", "- [ ] A box\n" * 8, "closed" if closed else "opened", dice.choice(stones), dice.choice(columns), due,
                iid % 9, iid % 50 == 0, iid * 7919 % 1_000_003, "", "{}", "", 8, 0, 0, list_page.AT, list_page.AT, list_page.AT if closed else None]  # fmt: skip

    with transaction.atomic():
        bulk.insert(ProjectIssue, NAMES, (line(iid) for iid in range(first, first + count)))
        made = list(
            ProjectIssue.objects.filter(project=project, iid__gte=first).order_by("pk").values_list("pk", "column", "iid")
        )
        links = [
            [pk, label] for pk, column, iid in made for label in (column, kinds[iid % len(kinds)], kinds[(iid + 1) % len(kinds)])
        ]
        bulk.insert(ProjectIssue.labels.through, ["projectissue_id", "projectlabel_id"], links)
        people = [cast["tam"].pk, cast["mona"].pk]
        bulk.insert(
            ProjectIssue.assignees.through,
            ["projectissue_id", "user_id"],
            [[pk, people[iid % 2]] for pk, _, iid in made if iid % 5 == 0],
        )
        opened = ([pk, "opened", list_page.AT, list_page.TODAY - timedelta(days=iid % 300)] for pk, _, iid in made)
        bulk.insert(ProjectIssueState, ["issue_id", "state", "at", "on"], opened)
        Project.objects.filter(pk=project.pk).update(next_issue=first + count)
        projects_writing.settle(project, list_page.TODAY)
    pages.tidy()


def deep(project: Any) -> str:
    """The place 90 % down the open issues by due day."""
    from tenure.models import ProjectIssue
    from tenure.queries import keyset

    rows = (
        ProjectIssue.objects.filter(project=project, state="opened", deleted_at=None)
        .exclude(due_date=None)
        .order_by("due_date", "iid")
    )
    row = rows[int(0.9 * rows.count())]
    return keyset.token([row.due_date, row.iid])


def requests(project: Any, cast: dict[str, Any]) -> dict[str, list[pages.Taken]]:
    """Seconds of each kind of request, warm."""
    known = {
        "pk": project.pk,
        "label": project.labels.get(key="training").pk,
        "stone": project.milestones.first().pk,
        "deep": deep(project),
    }
    return pages.requests(cast, {title: ("tam", url.format(**known)) for title, url in MIX.items()}, ROUNDS)


def main(size: int) -> None:
    """Print every kind of request with the growth from 1,000, and the bars."""
    vendor = pages.begin()
    cast = list_page.people()
    list_page.fill(cast, 1, 1_000)
    project = begin(cast)
    fill(project, cast, 100, SMALL)
    small = {title: statistics.median(wall for wall, _ in taken) for title, taken in requests(project, cast).items()}
    fill(project, cast, 100 + SMALL, size - SMALL)
    common.header(
        f"One project with {size:,} issues, {vendor}",
        f"n = {ROUNDS} requests of each kind; 50 rows; median, in brackets with {SMALL:,}",
    )
    medians = {}
    for title, taken in requests(project, cast).items():
        medians[title], cpu = statistics.median(wall for wall, _ in taken), statistics.median(cpu for _, cpu in taken)
        note = f"({small[title] * 1000:6.2f})  best {min(wall for wall, _ in taken) * 1000:6.2f}  cpu {cpu * 1000:6.2f} ms"
        common.row(title, medians[title], ROUNDS, note)
    for title in (OPENS, "90 % deep", "one label", "a word", "the board"):
        common.verdict(f"{title}, {size:,} issues", medians[title] * 1000, BARS["page"], "ms")
    common.verdict(f"the same against {SMALL:,} issues", medians[OPENS] / small[OPENS], BARS["growth"])


if __name__ == "__main__":
    main(common.rows_from_arguments(100_000))
