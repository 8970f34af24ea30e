"""The table of contents of projects of customers: the list, one project with its parts, its guests. ``urls`` takes it in."""

from django.urls import URLPattern, URLResolver, path

from tenure.urls_work import noun
from tenure.views import (
    projects,
    projects_board,
    projects_check,
    projects_guest,
    projects_issue,
    projects_issues,
    projects_list,
    projects_parts,
    projects_people,
    projects_templates,
)

ONE = "projects/<int:pk>/"
ISSUE = f"{ONE}issues/<int:iid>/"
PROJECTS: list[URLResolver | URLPattern] = [
    noun(
        "",
        "projects",
        path("projects/", projects_list.list_, name="list"),
        path("projects/rows/", projects_list.rows, name="rows"),
        path("projects/tabs/", projects_list.tabs, name="tabs"),
        path("projects/filter/", projects_list.filter_, name="filter"),
        path("projects/menu/", projects_list.menu, name="menu"),
        path("projects/adjust/", projects_list.adjust, name="adjust"),
        path("projects/export/", projects_list.export, name="export"),
        path("projects/mend/", projects_list.mend_many, name="mend_many"),
        path("projects/unmend/<str:token>/", projects_list.unmend_many, name="unmend_many"),
        path("projects/templates/", projects_templates.templates, name="templates"),
        path("projects/templates/<slug:key>/<int:version>/", projects_templates.template, name="template"),
        path("accounts/<int:pk>/projects/new/", projects.create, name="create"),
        # one project
        path(ONE, projects.show, name="show"),
        path(f"{ONE}change/", projects.change, name="change"),
        path(f"{ONE}move/", projects.move, name="move"),
        path(f"{ONE}archive/", projects.archive, name="archive"),
        path(f"{ONE}reopen/", projects.reopen, name="reopen"),
        path(f"{ONE}delete/", projects.delete, name="delete"),
        path(f"{ONE}restore/", projects.restore, name="restore"),
        path(f"{ONE}undo/<str:token>/", projects.undo, name="undo"),
        path(f"{ONE}check/", projects_check.check, name="check"),
        path(f"{ONE}mend/", projects_check.mend, name="mend"),
        path(f"{ONE}update/", projects_check.update, name="update"),
        # issues as a list and as a board
        path(f"{ONE}issues/", projects_issues.issues, name="issues"),
        path(f"{ONE}issues/rows/", projects_issues.issues_rows, name="issues_rows"),
        path(f"{ONE}issues/filter/", projects_issues.issues_filter, name="issues_filter"),
        path(f"{ONE}issues/menu/", projects_issues.issues_menu, name="issues_menu"),
        path(f"{ONE}issues/adjust/", projects_issues.issues_adjust, name="issues_adjust"),
        path(f"{ONE}issues/export/", projects_issues.issues_export, name="issues_export"),
        path(f"{ONE}issues/bulk/", projects_issues.issues_bulk, name="issues_bulk"),
        path(f"{ONE}issues/choices/", projects_issues.issues_choices, name="issues_choices"),
        path(f"{ONE}board/", projects_board.board, name="board"),
        path(f"{ONE}board/<int:iid>/", projects_board.board_move, name="board_move"),
        # one issue
        path(f"{ONE}issues/new/", projects_issue.issue_create, name="issue_create"),
        path(ISSUE, projects_issue.issue, name="issue"),
        path(f"{ISSUE}change/", projects_issue.issue_change, name="issue_change"),
        path(f"{ISSUE}close/", projects_issue.issue_close, name="issue_close"),
        path(f"{ISSUE}reopen/", projects_issue.issue_reopen, name="issue_reopen"),
        path(f"{ISSUE}delete/", projects_issue.issue_delete, name="issue_delete"),
        path(f"{ISSUE}tick/", projects_issue.issue_tick, name="issue_tick"),
        path(f"{ISSUE}comments/new/", projects_issue.issue_comment, name="issue_comment"),
        path(f"{ISSUE}comments/<int:comment>/", projects_issue.comment_change, name="comment_change"),
        path(f"{ISSUE}comments/<int:comment>/delete/", projects_issue.comment_delete, name="comment_delete"),
        path(f"{ISSUE}comments/<int:comment>/restore/", projects_issue.comment_restore, name="comment_restore"),
        path(f"{ISSUE}people/", projects_issue.people_like, name="people_like"),
        # milestones, labels, people
        path(f"{ONE}milestones/", projects_parts.milestones, name="milestones"),
        path(f"{ONE}milestones/new/", projects_parts.milestone_create, name="milestone_create"),
        path(f"{ONE}milestones/<int:part>/", projects_parts.milestone_change, name="milestone_change"),
        path(f"{ONE}milestones/<int:part>/delete/", projects_parts.milestone_delete, name="milestone_delete"),
        path(f"{ONE}labels/", projects_parts.labels, name="labels"),
        path(f"{ONE}labels/new/", projects_parts.label_create, name="label_create"),
        path(f"{ONE}labels/<int:part>/", projects_parts.label_change, name="label_change"),
        path(f"{ONE}labels/<int:part>/delete/", projects_parts.label_delete, name="label_delete"),
        path(f"{ONE}people/", projects_people.people, name="people"),
        path(f"{ONE}people/new/", projects_people.member_create, name="member_create"),
        path(f"{ONE}people/<int:part>/", projects_people.member_change, name="member_change"),
        path(f"{ONE}people/<int:part>/delete/", projects_people.member_delete, name="member_delete"),
        path(f"{ONE}guests/new/", projects_people.guest_create, name="guest_create"),
        path(f"{ONE}guests/<int:part>/revoke/", projects_people.guest_revoke, name="guest_revoke"),
    ),
    # what a guest of the customer sees, without log-in
    noun(
        "shared/<str:token>/",
        "projects_guest",
        path("", projects_guest.show, name="show"),
        path("issues/<int:iid>/", projects_guest.issue, name="issue"),
        path("issues/<int:iid>/comment/", projects_guest.comment, name="comment"),
        path("issues/<int:iid>/tick/", projects_guest.tick, name="tick"),
    ),
]
