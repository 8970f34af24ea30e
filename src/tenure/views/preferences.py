"""How one wants to be told: kinds by mail at once, in a summary or never; the own time zone."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from tenure.actions import preferences as actions
from tenure.actions.refusals import Refused
from tenure.queries import handbook
from tenure.queries.preferences import Choice
from tenure.views.shell import PageRequest


@require_POST
def change(request: PageRequest) -> HttpResponse:
    """Save what the form says of each kind; kinds that it doesn't have stay."""
    given = request.POST
    choices = {
        key: Choice(given[f"mail-{key}"], f"app-{key}" in given)
        for key, kind in handbook.pack().notices.kinds.items()
        if kind.mutable and f"mail-{key}" in given
    }
    try:
        actions.move(request.user, given.get("time_zone", request.user.time_zone), at=timezone.now())
        actions.change(request.user, choices, at=timezone.now())
        messages.success(request, "Saved.")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("profile:show")
