"""Onboardings as a board, and what a card that is put under another status does."""

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import onboardings as actions
from tenure.actions.onboardings_fields import Incomplete
from tenure.actions.refusals import Refused
from tenure.queries import handbook, onboardings_board, saved_views, visible
from tenure.views import listing, onboardings_cells, onboardings_site
from tenure.views.onboardings import asking, ends, find, moment, undo_of
from tenure.views.onboardings_cells import Look
from tenure.views.onboardings_list import opens
from tenure.views.onboardings_site import EDIT, LAYOUTS, VIEW, changed, presets, state_of
from tenure.views.shell import PageRequest, needs

SITE = LAYOUTS["board"]


@needs(VIEW)
@require_GET
def board(request: PageRequest) -> HttpResponse:
    """The board; htmx gets the part that changes."""
    if elsewhere := opens(request, SITE):
        return elsewhere
    saved, state = list(saved_views.of(request.user, SITE.page)), state_of(request.GET, request.today)
    columns = onboardings_board.columns(request.user, state, request.today)
    context = onboardings_site.frame(request, SITE, state, sum(column.count for column in columns))
    context |= listing.views(SITE, state, presets(request.user, request.today), saved, request.user)
    look = Look(request.today, handbook.pack(), visible.may(request.user, EDIT))
    cards = [(column, [onboardings_cells.card(row, look) for row in column.cards]) for column in columns]
    context |= {"columns": cards, "list_url": LAYOUTS["list"].url("list", state.query() or "view=all")}
    return onboardings_site.answer(request, SITE, state, context)


@needs(EDIT)
@require_POST
def move(request: PageRequest, pk: int) -> HttpResponse:
    """Put an onboarding under another status. One that asks for fields opens the form that asks for them."""
    row, to = find(request, pk), request.POST.get("to", "")
    try:
        done = actions.set_status(row, to, **moment(request))
        messages.success(request, f"{row.name} moved.", extra_tags=undo_of(row.pk, done.event))
    except Refused as refusal:
        if isinstance(refusal, Incomplete) and ends(row, to):
            return asking(pk)
        messages.error(request, refusal.sentence)
    return changed()
