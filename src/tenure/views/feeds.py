"""Calendar feeds: the feed itself for calendar programs, and the secret addresses on one's own page."""

from hashlib import sha256

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import feeds as actions
from tenure.actions.refusals import Refused
from tenure.links.calendar import feeds as links
from tenure.queries import feeds, handbook, preferences
from tenure.views import errors, limits
from tenure.views.shell import PageRequest


@require_GET
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The feed as iCalendar; 404 for an address that is wrong or has ended."""
    if not limits.allows(request, "feed", token):
        return errors.too_many(request)
    feed = feeds.by_token(token)
    if feed is None:
        raise Http404
    now, pack = timezone.now(), handbook.pack()
    actions.mark_read(feed, at=now)
    body = links.text(feeds.entries(feed.user, now, pack), name="Tenure", zone=preferences.zone_of(feed.user, pack))
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300", "Content-Disposition": 'inline; filename="tenure.ics"'}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)


@require_POST
def create(request: PageRequest) -> HttpResponse:
    """Make an address and show it, once."""
    try:
        token = actions.create(request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("profile:show")
    url = request.build_absolute_uri(reverse("feeds:show", args=[token]))
    return render(request, "feeds/create.html", {"url": url, "webcal": f"webcal{url.removeprefix('https').removeprefix('http')}"})


@require_POST
def revoke(request: PageRequest, pk: int) -> HttpResponse:
    """End one of one's own addresses."""
    try:
        actions.revoke(request.user, pk, at=timezone.now())
        messages.success(request, "That address has ended. Calendars that use it show nothing new.")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("profile:show")
