"""The cockpit as a board, and what a card that is put elsewhere does."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import ctas as actions
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Cascade
from tenure.queries import cockpit, cockpit_board, handbook, saved_views, visible
from tenure.views import cockpit_cards, cockpit_site, listing
from tenure.views.cockpit_cards import Look
from tenure.views.cockpit_site import EDIT, LAYOUTS, VIEW, presets, state_of
from tenure.views.ctas import changed, moment, undo_of
from tenure.views.shell import PageRequest, needs

SITE = LAYOUTS["board"]


@needs(VIEW)
@require_GET
def board(request: PageRequest) -> HttpResponse:
    """The board; htmx gets the part that changes."""
    if not request.GET:
        return redirect(SITE.url("list", presets(request.user)[0].query))
    saved, state = list(saved_views.of(request.user, SITE.page)), state_of(request.GET)
    columns = cockpit_board.columns(request.user, state, request.today)
    context = cockpit_site.frame(request, SITE, state, sum(column.count for column in columns))
    context |= listing.views(SITE, state, presets(request.user), saved, request.user)
    look = Look(request.today, handbook.pack(), visible.may(request.user, EDIT))
    cards = [(column, [cockpit_cards.card(row, look) for row in column.cards]) for column in columns]
    context |= {"columns": cards, "list_url": LAYOUTS["list"].url("list", state.query() or "view=all")}
    return cockpit_site.answer(request, SITE, state, context)


@needs(EDIT)
@require_POST
def move(request: PageRequest, pk: int) -> HttpResponse:
    """Put a CTA under an open status: a resting one wakes, a closed one is opened again."""
    row = cockpit.one(request.user, pk)
    if row is None:
        raise Http404
    try:
        kept = _moved(request, row, request.POST.get("to", ""))
        messages.success(request, f"{row.title} moved.", extra_tags=undo_of(kept))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return changed()


def _moved(request: PageRequest, row: CallToAction, to: str) -> Cascade | None:
    """Raises Refused."""
    kept = None
    if not row.is_open:
        kept = actions.reopen(row, **moment(request))
    elif row.is_snoozed(request.today):
        kept = actions.wake(row, today=request.today, **moment(request))
    if row.status != to:
        kept = actions.update(row, {"status": to}, today=request.today, **moment(request))
    return kept
