"""The dialogs of the cockpit that do one thing to many CTAs: ask first, say what was done, name what was refused, offer to take it back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tenure.actions import ctas_bulk
from tenure.actions.ctas_bulk import Assign, Close, Preview, Shift, Snooze, What
from tenure.actions.ctas_calls import BulkResult
from tenure.actions.refusals import Refused
from tenure.queries import cockpit, cockpit_bulk, cta_types
from tenure.views import cockpit_site, ctaform
from tenure.views.cockpit_site import EDIT, SITE
from tenure.views.ctas import CHANGED, RELOAD, changed, undo_of
from tenure.views.drawers import answer, day
from tenure.views.listing import numbers
from tenure.views.shell import PageRequest, needs

MOVES = 8  # shown one by one before a shift
Read = Callable[[QueryDict], What]
More = Callable[[list[int]], dict[str, Any]]


@needs("cta.assign")
@require_http_methods(["GET", "POST"])
def assign(request: PageRequest) -> HttpResponse:
    """Give CTAs to somebody, with the open tasks that their owner had, if wanted."""

    def read(given: QueryDict) -> What:
        owner = cockpit_bulk.person(next(iter(numbers([given.get("owner", "")])), 0))
        if owner is None:
            raise Refused("Choose a person.", "invalid", "owner")
        return Assign(owner, tasks="tasks" in given)

    return _answer(
        request, "assign", read, lambda ids: {"people": cockpit_bulk.people(request.user), "tasks": cockpit_bulk.tasks(ids)}
    )


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def shift(request: PageRequest) -> HttpResponse:
    """Move due dates by days or business days; shows what would move, tasks too, before it does."""
    given = request.POST or request.GET
    return _answer(
        request, "shift", _shift, lambda ids: {"unit": given.get("unit", "business_days"), **_preview(request, ids, given)}
    )


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def snooze(request: PageRequest) -> HttpResponse:
    """Let CTAs rest until a day, with a reason."""

    def read(given: QueryDict) -> What:
        until = day(given.get("until"))
        if until is None:
            raise Refused("Choose a day.", "invalid", "until")
        return Snooze(until, given.get("reason", ""))

    return _answer(request, "snooze", read, lambda ids: {"days": ctaform.days(request.today)})


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def close(request: PageRequest) -> HttpResponse:
    """Close CTAs with an outcome; those whose type doesn't have it are named."""

    def read(given: QueryDict) -> What:
        if given.get("status") not in cta_types.every_status():
            raise Refused("Choose an outcome.", "invalid", "status")
        return Close(given.get("status", ""), given.get("note", ""))

    return _answer(request, "close", read, cockpit_bulk.closing)


# --- steps


def _chosen(request: PageRequest, given: QueryDict) -> list[int]:
    """The CTAs that were ticked, or all that match."""
    if given.get("all"):
        state = cockpit_site.kept(given)
        return cockpit.ids(cockpit.matching(request.user, state, request.today))
    return numbers(given.getlist("id"))


def _answer(request: PageRequest, name: str, read: Read, more: More) -> HttpResponse:
    """The dialog, or doing it. A refusal of all comes back in the dialog; what was refused alone is named in another."""
    given, errors = request.POST if request.method == "POST" else request.GET, {}
    ids = _chosen(request, given)
    if request.method == "POST":
        try:
            what = read(given)
            result = ctas_bulk.bulk(ids, what, today=request.today, actor=request.user, at=timezone.now())
            return _done(request, what, result)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    context = {
        "url": reverse(f"cockpit:{name}"), "given": given, "ids": numbers(given.getlist("id")), "count": len(ids), "most": cockpit.MOST,
        "title": cockpit_bulk.title(request.user, ids), **more(ids),
    }  # fmt: skip
    part = "shift_moves" if request.htmx.target == "shift-moves" else name
    return answer(request, f"cockpit/{part}.html", context, errors)


def _shift(given: QueryDict) -> Shift:
    typed = given.get("n", "").strip().replace("−", "-").removeprefix("+")
    count = int(typed) if typed.removeprefix("-").isdecimal() and len(typed) < 6 else 0
    return Shift(count, given.get("unit", "business_days"), tasks="tasks" in given)


def _preview(request: PageRequest, ids: list[int], given: QueryDict) -> dict[str, Any]:
    """What the shift in the form would move; nothing while it can't be read."""
    if not given.get("n"):
        return {}
    try:
        found: Preview = ctas_bulk.preview(ids, _shift(given), today=request.today, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return {"unclear": refusal.sentence}
    return {"preview": found, "moves": found.moves[:MOVES], "more": max(len(found.moves) - MOVES, 0)}


def _done(request: PageRequest, what: What, result: BulkResult) -> HttpResponse:
    if result.done or result.unchanged:
        messages.success(request, _told(what, result), extra_tags=undo_of(result.cascade))
    if not result.refused:
        return _changed(request)
    context = {"refused": cockpit_bulk.named(request.user, result.refused), "done": len(result.done)}
    response = render(request, "cockpit/refused.html", context)
    response["HX-Trigger"] = f"{CHANGED}, {RELOAD}"
    return response


def _told(what: What, result: BulkResult) -> str:
    """What was done in words."""
    count = len(result.done)
    if not count:
        return "Nothing to change: it is so already."
    many = f"{count:,} CTA{'' if count == 1 else 's'}"
    match what:
        case Assign():
            return f"{many} assigned to {what.owner}."
        case Shift():
            unit = "business day" if what.unit == "business_days" else "day"
            return f"{many} moved {abs(what.n)} {unit}{'' if abs(what.n) == 1 else 's'} {'later' if what.n > 0 else 'earlier'}."
        case Snooze():
            return f"{many} rest{'s' if count == 1 else ''} until {what.until.day} {what.until:%b}."
        case Close():
            return f"{many} closed: {cta_types.status_title(what.status)}."


def _changed(request: PageRequest) -> HttpResponse:
    """The dialog closes, lists and an open drawer show themselves anew; without htmx the cockpit."""
    if not request.htmx:
        return redirect(SITE.url("list", request.POST.get("query", "")))
    return changed()
