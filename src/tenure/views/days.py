"""Lists, homes and reports on another day than today: the page while that day is being prepared, and what it says of itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import days as actions
from tenure.actions.refusals import Refused
from tenure.models import BuiltDay
from tenure.queries import days, handbook, workers
from tenure.queries.days import Asked
from tenure.runs import days as building
from tenure.views.shell import PageRequest, needs

P = ParamSpec("P")
View = Callable[Concatenate[PageRequest, P], HttpResponse]
HEADINGS = {"accounts": "Accounts", "reports": "Portfolio"}
GONE = "This day is being prepared. Open the list again."


def on_its_day(view: View[P]) -> View[P]:
    """A view of rows of lists: on another day than today they are that day's (``built``). While nothing of it can be shown, the page
    says which day is being prepared; a part of a page makes the whole page come again."""

    @wraps(view)
    def wrapped(request: PageRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.is_as_of:
            request.asked = _asked(request, request.as_of)
            if request.asked.built is None:
                return _preparing(request, request.asked)
        return view(request, *args, **kwargs)

    return wrapped


def built(request: PageRequest) -> BuiltDay | None:
    """The rows that the page shows; None = today's."""
    return request.asked.built if request.asked else None


def _asked(request: PageRequest, day: date, again: bool = False) -> Asked:
    """What there is of a day; where something is missing, its building is queued."""
    now = timezone.now()
    try:
        found = building.prepare(day, actor=request.user, today=request.today, at=now, again=again)
    except Refused as refusal:
        found = replace(days.asked(day, request.today, handbook.pack().digest), refused=refusal.sentence)
    if found.built:
        actions.use(found.built, at=now)
    return found


def _preparing(request: PageRequest, asked: Asked) -> HttpResponse:
    if request.htmx or (request.resolver_match and request.resolver_match.url_name == "export"):
        return HttpResponse(GONE, status=409, headers={"HX-Refresh": "true"}, content_type="text/plain")
    heading = HEADINGS.get(request.resolver_match.namespace if request.resolver_match else "", "Home")
    return render(request, "days/show.html", {"heading": heading, **_told(asked)})


def _told(asked: Asked) -> dict[str, Any]:
    """What the card and the note say. Whether a worker runs is asked only where one should have begun."""
    waits = asked.run is not None and asked.run.status == "queued" and timezone.now() - asked.run.queued_at > days.PATIENCE
    return {"asked": asked, "waits": waits, "no_worker": waits and not workers.alive()}


@needs("account.view")
@require_GET
def show(request: PageRequest, day: str) -> HttpResponse:
    """How far a day is, asked again and again by the page that waits for it: its card, or (``of=note``) the note above older rows."""
    found = days.asked(_day(day), request.today, handbook.pack().digest)
    if not request.htmx:
        return redirect(f"{reverse('accounts:list')}?as_of={found.day.isoformat()}")
    if request.GET.get("of") == "note":
        return render(request, "days/note.html", {**_told(found), "polled": True, "url": request.htmx.current_url_abs_path})
    if found.built or not (found.live or found.failed):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "days/card.html", _told(found))


@needs("account.view")
@require_POST
def prepare(request: PageRequest, day: str) -> HttpResponse:
    """Try again what failed."""
    found = _asked(request, _day(day), again=True)
    if not request.htmx:
        return redirect(f"{reverse('accounts:list')}?as_of={found.day.isoformat()}")
    part = "days/note.html" if found.built else "days/card.html"
    return render(request, part, {**_told(found), "polled": True, "url": request.htmx.current_url_abs_path})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
