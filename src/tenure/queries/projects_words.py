"""How the log's events of projects are told."""

VERBS = {
    "project.created": "Project made", "project.updated": "Project changed", "project.moved": "Project moved", "project.archived": "Project archived",
    "project.reopened": "Project opened again", "project.deleted": "Project deleted", "project.restored": "Project brought back",
    "project.undone": "Change of a project taken back", "project.mended": "Project mended", "project.template": "Project brought up to its template",
    "project_issue.created": "Issue added", "project_issue.updated": "Issue changed", "project_issue.closed": "Issue closed",
    "project_issue.reopened": "Issue opened again", "project_issue.moved": "Issue moved on the board", "project_issue.ticked": "Box of an issue ticked",
    "project_issue.deleted": "Issue deleted", "project_issue.undone": "Change of an issue taken back", "project_issue.mended": "Issue mended",
    "project_issue.template": "Issue brought up to its template", "project_label.created": "Label added", "project_label.updated": "Label changed",
    "project_label.deleted": "Label deleted", "project_label.undone": "Change of a label taken back", "project_label.mended": "Label mended",
    "project_label.template": "Label brought up to its template", "project_milestone.created": "Milestone added",
    "project_milestone.updated": "Milestone changed", "project_milestone.deleted": "Milestone deleted",
    "project_milestone.undone": "Change of a milestone taken back", "project_milestone.mended": "Milestone mended",
    "project_milestone.template": "Milestone brought up to its template", "project_member.created": "Member added",
    "project_member.updated": "Access changed", "project_member.deleted": "Member taken out", "project_member.undone": "Change of a member taken back",
    "project_member.mended": "Access mended", "project_comment.created": "Comment on an issue", "project_comment.updated": "Comment changed",
    "project_comment.deleted": "Comment taken back", "project_comment.restored": "Comment brought back", "project_guest.invited": "Guest invited",
    "project_guest.revoked": "Link of a guest ended", "project_guest.came": "Guest opened the link",
}  # fmt: skip
ICONS = {
    "project": "stack-2", "project_issue": "circle-check", "project_label": "pin", "project_milestone": "flag", "project_member": "users",
    "project_comment": "message", "project_guest": "user-plus",
}  # fmt: skip
QUIET = ("project_issue.template", "project_label.template", "project_milestone.template")  # told by that of the project
