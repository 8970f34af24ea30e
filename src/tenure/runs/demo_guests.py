"""A customer who works along in their project of the demo company: invited by a link of their own, with a remark, a tick and our answer; another one
who has not come yet."""

from datetime import datetime, timedelta

from django.db.models import F

from tenure.actions import projects_comments, projects_guests
from tenure.actions.refusals import Refused
from tenure.models import Project, ProjectGuest, ProjectIssue
from tenure.queries import projects as queries
from tenure.rules import projects_text
from tenure.runs.demo_staff import DOMAIN

INVITED, CAME, TICKED, AGAIN = (timedelta(days=days) for days in (9, 8, 2, 1))
DOES = ("production", "migration", "admin_training")  # issues
TECHNICAL = ("administrator", "engineer", "head of it", "platform lead", "security")
WORDS = "This is done on our side. Our network team asks whether the second site can follow a week later."
ANSWER = "Yes, that leaves us time enough: I move the second site and tell the others on Thursday's call."


def invite(at: datetime) -> None:
    """Invite them to the first project of Tam's that has work left. Do it once: a repeat finds them and leaves."""
    if ProjectGuest.objects.exists():
        return
    ours = Project.objects.filter(owner__email=f"tam@{DOMAIN}", phase="post_sales", deleted_at=None).select_related("account")
    for project in ours.order_by("pk"):
        people = list(project.account.contacts.filter(deleted_at=None).exclude(email="").order_by("pk"))
        people.sort(key=lambda one: not any(word in one.title.lower() for word in TECHNICAL))
        found = _free_box(project)
        if len(people) > 1 and found and project.owner:
            user, (issue, box) = project.owner, found
            try:
                guest, token = projects_guests.invite(project, actor=user, at=at - INVITED, contact=people[0])
                projects_guests.invite(project, actor=user, at=at - AGAIN, contact=people[1], may_tick=False)
                projects_guests.mark_seen(guest, at=at - CAME)
                projects_guests.tick(token, issue.iid, box.number, box.text, True, at=at - TICKED)
                projects_guests.comment(token, issue.iid, WORDS, at=at)  # today: mails of earlier days have gone out
                projects_comments.add(project, issue.pk, ANSWER, actor=user, at=at)
            except Refused:  # whoever made it isn't on the account any more
                continue
            return


def _free_box(project: Project) -> tuple[ProjectIssue, projects_text.Check] | None:
    """The first thing that the customer can tick of what is theirs to do."""
    for issue in (
        queries.issues(project, hidden=False)
        .filter(state="opened", key__in=DOES)
        .order_by(F("due_date").asc(nulls_first=True), "iid")
    ):
        for one in projects_text.checks(issue.description):
            if not one.done:
                return issue, one
    return None
