"""The board of a project, and what a card that is put elsewhere does."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import projects_issues as actions
from tenure.actions.refusals import Refused
from tenure.queries import projects, projects_board, projects_issues
from tenure.queries.accounts import Sums
from tenure.views import listing, listpages, projects_cells
from tenure.views.cells import Look
from tenure.views.listing import Preset
from tenure.views.projects_issues import around, site_of, state_of
from tenure.views.projects_site import changed, editable, find, stood, today, told
from tenure.views.shell import PageRequest, needs

PRESETS = [Preset("All", ""), Preset("Mine", "f=assignee:me"), Preset("Nobody's", "f=assignee:empty")]


@needs(projects.VIEW)
@require_GET
def board(request: PageRequest, pk: int) -> HttpResponse:
    """The board; htmx gets the part that changes."""
    here, site = find(request, pk), site_of(pk, board=True)
    if not request.GET:
        return redirect(site.url("list", "view=all"))
    state = state_of(here, request.GET)
    columns = projects_board.columns(here.project, here.rights.hidden, request.user, state, request.today)
    count = sum(column.count for column in columns)
    context = around(request, here, site, state, Sums(count, count, {})) | listing.views(site, state, PRESETS, [], request.user)
    move = reverse("projects:board_move", args=[pk, 0]) if here.rights.edit else ""
    look = Look(request.today, "USD")
    context["columns"] = [
        (column, [projects_cells.card(row, look, column.key, move) for row in column.cards]) for column in columns
    ]
    return listpages.answer(request, site, state, context)


@needs(projects.EDIT)
@require_POST
def board_move(request: PageRequest, pk: int, iid: int) -> HttpResponse:
    """Put an issue into another column."""
    here = editable(request, pk)
    row = projects_issues.one(here.project, here.rights.hidden, iid)
    if row is None:
        raise Http404
    try:
        event = actions.move(here.project, row.pk, request.POST.get("to", ""), **today(request))
        told(request, here, f"#{iid} {row.title} moved.", [event], stood(request, reverse("projects:board", args=[pk])))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return changed()
