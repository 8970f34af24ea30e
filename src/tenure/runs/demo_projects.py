"""The demo company's customer projects: of the accounts in the handbook's table and some others, each as far as its days say, a few out of order."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from django.db.models import F

from tenure.actions import projects, projects_comments, projects_issues, projects_parts
from tenure.models import Account, Assignment, Project, ProjectIssue, User
from tenure.queries import projects as queries
from tenure.rules import projects_text

MOST, STEP = 18, 9  # projects, and one account with a TAM in so many beyond the first
OF_EACH = 3  # projects before the sale, of each architect
WITH_PROJECT = ("technical_evaluation", "proposal", "negotiating", "awaiting_signature")
FIRST = 7  # accounts of the handbook's table
OLD = date(2019, 9, 1)  # the handbook by which a few were made: their template has moved on since
OF_OLD = (2, 4)  # which those are: Funland Arcade, and one more
OWN = ("- [ ] Licences in use against licences bought", "- [ ] Licences in use against licences bought, studio by studio")
SAID = (
    "Went well. They would like a recording for the second team.", "Waits for their network team, who need the addresses first.",
    "Done with Carol and two colleagues; notes are on the timeline.", "Moved by a week: half of the team is at a conference.",
)  # fmt: skip


def begin(seed: int, today: date, at: datetime) -> None:
    """Projects with some of their issues done. Do it once: a repeat finds them and leaves."""
    if Project.objects.exists():
        return
    chance = Random(seed * 29 + 11)
    held = list(
        Account.objects.filter(assignments__role="tam", assignments__until_date=None, deleted_at=None).distinct().order_by("pk")
    )
    for place, account in enumerate([*held[:FIRST], *held[FIRST::STEP]][:MOST]):
        ago = chance.randrange(20, 110)
        template = queries.template_for(account, today)
        user = queries.people_of(account.pk, today).get("tam", [None])[0]
        if template is not None and user is not None:
            _one(account, template.key, user, place in OF_OLD, timedelta(days=ago), today, at, chance)
    _before_the_sale(today, at)


def _before_the_sale(today: date, at: datetime) -> None:
    """The architects make the projects of Enterprise deals between the steps 3 and 7 of the journey; the others are yet to come."""
    rows = Assignment.objects.filter(
        role="solutions_architect", until_date=None, account__opportunities__is_closed=False, account__opportunities__kind="new_account",
        account__opportunities__stage__in=WITH_PROJECT, account__summary__engagement_plan="Enterprise", account__projects=None,
    )  # fmt: skip
    made: dict[int, int] = {}
    for row in rows.select_related("account", "user").order_by("account").distinct():
        template = queries.template_for(row.account, today)
        if template is not None and made.get(row.user_id, 0) < OF_EACH:
            made[row.user_id] = made.get(row.user_id, 0) + 1
            ago = timedelta(days=6 * made[row.user_id])
            projects.create(
                row.account,
                template.key,
                start=today - ago,
                today=today,
                actor=row.user,
                at=at - ago,
                natural_key=f"demo:{row.account_id}",
            )


def _one(account: Account, key: str, user: User, old: bool, ago: timedelta, today: date, at: datetime, chance: Random) -> None:
    """One project: begun so long ago, its contract a month later, what was due by now mostly done."""
    start = today - ago
    by = OLD if old and queries.book().on(key, OLD) else today
    contract = start + timedelta(days=chance.randrange(5, 35))
    name = f"demo:{account.pk}"
    row = projects.create(account, key, start=start, contract=contract, today=by, actor=user, at=at - ago, natural_key=name)
    if not old and key == "enterprise" and chance.random() < 0.8:
        _with(row, today, at, chance)
    for days in range(14, ago.days, 30):
        due = row.issues.filter(state="opened", deleted_at=None, due_date__lte=start + timedelta(days=days))
        done = [pk for pk in due.order_by("pk").values_list("pk", flat=True) if chance.random() < 0.85]
        if done:
            projects_issues.bulk(row, done, {"state": "closed"}, today=today, actor=user, at=at - ago + timedelta(days=days + 1))
    _talk(row, user, today, at, chance)
    if old:
        _write_own(row, user, today, at)


def _write_own(row: Project, user: User, today: date, at: datetime) -> None:
    """A line that the template has changed since, in the customer's own words: who brings the project up to date has to choose."""
    for issue in row.issues.filter(key="adoption", deleted_at=None):
        text = issue.description.replace(*OWN)
        projects_issues.change(row, issue.pk, {"description": text}, today=today, actor=user, at=at)


def _with(row: Project, today: date, at: datetime, chance: Random) -> None:
    """The architect and the engineer, whom the template wants in it."""
    inside = {one.role for one in queries.members(row)}
    known = queries.candidates(row)
    for role in ("solutions_architect", "professional_services"):
        people = [user for user in known if role in user.role_keys]
        if people and role not in inside:
            projects_parts.add_member(row, chance.choice(people), role, "developer", today=today, actor=None, at=at)


def _talk(row: Project, user: User, today: date, at: datetime, chance: Random) -> None:
    """Boxes that were ticked, what was said, what somebody took out."""
    ahead: Sequence[ProjectIssue] = list(
        row.issues.filter(state="opened", boxes__gt=0, confidential=False).order_by(F("due_date").asc(nulls_first=True), "iid")[
            :3
        ]
    )
    doing = row.labels.filter(name="Status::Doing").first()
    for number, issue in enumerate(ahead):
        for one in projects_text.checks(issue.description)[: max(0, 2 - number)]:
            projects_issues.tick(row, issue.pk, one.number, one.text, True, actor=user, at=at)
        if number == 0 and doing:
            projects_issues.move(row, issue.pk, str(doing.pk), today=today, actor=user, at=at)
            projects_comments.add(row, issue.pk, chance.choice(SAID), actor=user, at=at)
    if chance.random() < 0.3:
        gone = row.issues.filter(key__in=("success_plan", "setup"), deleted_at=None).first()
        if gone:
            projects_issues.delete(row, gone.pk, today=today, actor=user, at=at)
