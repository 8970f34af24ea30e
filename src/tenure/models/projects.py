"""Customer projects: milestones, issues, labels, members and guests. States, numbers and names are those of GitLab, one to one (docs/projects.md)."""

from django.db import models

from tenure.models.accounts import Account, AccountSummary
from tenure.models.contacts import Contact
from tenure.models.users import User

LIVE = models.Q(deleted_at=None)


class Project(models.Model):
    """The project in which a customer and we work on one plan. ``base``: what the template said of the texts that came from it, for when it moves on.

    ``issues_open`` ... ``outdated`` are for lists, kept by the actions: how many issues there are, and in how many things the project differs from what
    its template requires. ``tally``: how many there are of each state, column, milestone and confidentiality (``queries.projects_tally``), so that a
    board and the milestones of a hundred thousand count nothing.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="projects")
    name = models.CharField(max_length=200)
    path = models.CharField(
        max_length=200
    )  # of the project alone, lower case; the full path has the tree and the phase's group before it
    tree = models.CharField(max_length=60)
    phase = models.CharField(max_length=20)  # pre_sales | post_sales
    visibility = models.CharField(max_length=20, default="private")  # private | internal | public
    state = models.CharField(max_length=10, default="opened")  # opened | archived
    description = models.CharField(max_length=500, blank=True)
    readme = models.TextField(blank=True)  # Markdown
    instructions = models.TextField(blank=True)
    success_plan_url = models.CharField(max_length=500, blank=True)
    template = models.CharField(max_length=60)
    version = models.PositiveIntegerField(default=1)
    base = models.JSONField(default=dict, blank=True)
    start_date = models.DateField()
    contract_date = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="projects")
    natural_key = models.CharField(max_length=160, null=True, blank=True, unique=True)
    next_issue = models.PositiveIntegerField(default=1)  # iids are given once and never again
    next_milestone = models.PositiveIntegerField(default=1)
    issues_open = models.PositiveIntegerField(default=0)
    issues_closed = models.PositiveIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(null=True, blank=True)  # per cent of the issues that are closed
    tally = models.JSONField(default=list, blank=True)
    differs = models.PositiveSmallIntegerField(default=0)
    unmoved = models.BooleanField(default=False)  # one of them: the customer has paid and it stands in pre-sales still
    outdated = models.BooleanField(default=False)  # the handbook has a later version of its template
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    # Not a column: the account's row of lists.
    summary = models.ForeignObject(
        AccountSummary, on_delete=models.DO_NOTHING, from_fields=["account"], to_fields=["account"], related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tree", "path"], condition=LIVE, name="project_path_once")]
        indexes = [
            models.Index(fields=["account", "-id"], name="project_account"),
            models.Index(fields=["state", "phase", "id"], name="project_state", condition=LIVE),
        ]

    def __str__(self) -> str:
        return self.name


class ProjectLabel(models.Model):
    """A label of a project. Of labels with the same word before ``::`` an issue has one. ``board``: it is a column of the board."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=100)
    color = models.CharField(max_length=10, default="n")  # a token of the design
    note = models.CharField(max_length=300, blank=True)
    board = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)
    key = models.CharField(max_length=60, blank=True)  # of the template; blank = the project's own
    base = models.JSONField(default=dict, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], condition=LIVE, name="project_label_once")]

    def __str__(self) -> str:
        return self.name


class ProjectMilestone(models.Model):
    """A milestone of a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="milestones")
    iid = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    state = models.CharField(max_length=10, default="active")  # active | closed
    start_date = models.DateField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    key = models.CharField(max_length=60, blank=True)
    base = models.JSONField(default=dict, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["project", "iid"], name="project_milestone_iid")]

    def __str__(self) -> str:
        return self.title


class ProjectIssue(models.Model):
    """An issue. ``iid`` is its number in the project. ``column``: its label that is a column of the board; one at most, as those are of one scope.

    ``key`` and ``base``: which issue of the template it came from, and what the template said.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="issues", db_index=False)
    iid = models.PositiveIntegerField()
    title = models.CharField(max_length=255)
    description = models.TextField(blank=True)  # Markdown with checklists
    state = models.CharField(max_length=10, default="opened")  # opened | closed
    milestone = models.ForeignKey(ProjectMilestone, null=True, blank=True, on_delete=models.SET_NULL, related_name="issues")
    labels = models.ManyToManyField(ProjectLabel, blank=True, related_name="issues")
    column = models.ForeignKey(ProjectLabel, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    assignees = models.ManyToManyField(User, blank=True, related_name="project_issues")
    due_date = models.DateField(null=True, blank=True)
    weight = models.PositiveSmallIntegerField(null=True, blank=True)
    confidential = models.BooleanField(default=False)
    position = models.BigIntegerField(default=0)  # in its column: lower first
    key = models.CharField(max_length=60, blank=True)
    base = models.JSONField(default=dict, blank=True)
    role = models.CharField(max_length=40, blank=True)  # who should be given it, while nobody has that role
    boxes = models.PositiveSmallIntegerField(default=0)  # of its checklists
    ticked = models.PositiveSmallIntegerField(default=0)
    remarks = models.PositiveIntegerField(default=0)  # comments
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "iid"], name="project_issue_iid")]
        indexes = [
            # Each ends with what its page sorts by, so that a page of fifty reads fifty rows.
            models.Index(fields=["project", "-iid"], name="project_issue_newest", condition=LIVE),
            models.Index(fields=["project", "state", "-iid"], name="project_issue_iids", condition=LIVE),
            models.Index(fields=["project", "state", "due_date", "iid"], name="project_issue_due", condition=LIVE),
            models.Index(fields=["project", "state", "column", "position", "iid"], name="project_issue_board", condition=LIVE),
            # With all that the tally counts; with the id PostgreSQL joins it to labels and days without reading the issues.
            models.Index(
                fields=["project", "state", "column", "milestone", "confidential", "weight", "id"],
                name="project_issue_tally",
                condition=LIVE,
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.iid} {self.title}"


class ProjectIssueState(models.Model):
    """That an issue was opened, closed or opened again: what the burndown is drawn from (GitLab: resource state events)."""

    issue = models.ForeignKey(ProjectIssue, on_delete=models.CASCADE, related_name="states")
    state = models.CharField(max_length=10)  # opened | closed | reopened
    at = models.DateTimeField()
    on = models.DateField()  # the company's day of it: a chart of a hundred thousand asks for days
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")


class ProjectMember(models.Model):
    """A person in a project by the role they have for the account. ``access``: reporter (visibility only) | developer | maintainer."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="project_memberships")
    role = models.CharField(max_length=40, blank=True)
    access = models.CharField(max_length=20)
    added_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)  # taken out

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], condition=LIVE, name="project_member_once")]


class ProjectGuest(models.Model):
    """Somebody of the customer who was invited to one project by a link of their own. Only a digest of the link's token is kept."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guests")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=254, blank=True)
    token_digest = models.CharField(max_length=64, unique=True)
    may_comment = models.BooleanField(default=True)
    may_tick = models.BooleanField(default=True)
    invited_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class ProjectComment(models.Model):
    """A remark on an issue, by one of us or by a guest (GitLab: note). People named in it (@) are told."""

    issue = models.ForeignKey(ProjectIssue, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    guest = models.ForeignKey(ProjectGuest, null=True, blank=True, on_delete=models.SET_NULL, related_name="comments")
    text = models.TextField()  # Markdown
    mentioned = models.ManyToManyField(User, blank=True, related_name="+")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    @property
    def said_by(self) -> str:
        """Who said it, one of us or a guest."""
        return self.author.name if self.author else self.guest.name if self.guest else "Somebody"
