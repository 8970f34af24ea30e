"""Territories: the parts of the market, who covers them, and how many accounts lie in them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import territories as actions
from tenure.actions.refusals import Refused
from tenure.models import Territory
from tenure.queries import handbook, territories
from tenure.views.shell import PageRequest, needs

MANAGE = "user.manage"


@needs(MANAGE)
@require_http_methods(["GET", "POST"])
def list_(request: PageRequest) -> HttpResponse:
    """All of them; a POST adds one."""
    return _saved(request, None)


@needs(MANAGE)
@require_POST
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Save name, region and segment of one."""
    return _saved(request, get_object_or_404(Territory, pk=pk))


@needs(MANAGE)
@require_POST
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Delete one that no account lies in."""
    territory = get_object_or_404(Territory, pk=pk)
    try:
        actions.delete(territory, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return _page(request, refusal.sentence)
    messages.success(request, f"{territory.name} deleted.")
    return redirect("territories:list")


def _saved(request: PageRequest, territory: Territory | None) -> HttpResponse:
    if request.method == "GET":
        return _page(request)
    given = {key: request.POST.get(key, "") for key in ("name", "region", "segment")}
    try:
        row = actions.save(territory, **given, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return _page(request, refusal.sentence)
    messages.success(request, f"{row.name} saved.")
    return redirect("territories:list")


def _page(request: PageRequest, error: str = "") -> HttpResponse:
    words = handbook.pack().handbook
    context = {"territories": territories.listed(), "regions": words.regions, "segments": words.segments, "error": error}
    return render(request, "territories/list.html", context, status=422 if error else 200)
