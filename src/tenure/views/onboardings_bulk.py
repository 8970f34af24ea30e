"""The dialogs that give many onboardings an owner or a status: who and what first, then what was done, what was refused, and Undo."""

from dataclasses import astuple
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import onboardings_bulk as actions
from tenure.actions.onboardings_bulk import Result
from tenure.actions.onboardings_owners import Step
from tenure.actions.refusals import Refused
from tenure.models import User
from tenure.queries import handbook, onboarding_words, onboardings_bulk
from tenure.queries import onboardings_list as queries
from tenure.views.drawers import answer
from tenure.views.listing import numbers
from tenure.views.onboardings import moment
from tenure.views.onboardings_list import kept
from tenure.views.onboardings_site import CHANGED, EDIT, SITE, changed
from tenure.views.shell import PageRequest, needs

SALT = "onboardings"


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def assign(request: PageRequest) -> HttpResponse:
    """Give onboardings to somebody; shows how many open ones each person has."""
    given, errors = request.POST or request.GET, {}
    ids, people = _chosen(request, given), onboardings_bulk.people(request.user)
    if request.method == "POST":
        try:
            owner = _owner([one for one, _ in people], given.get("owner", ""))
            result = actions.assign(ids, owner, **moment(request))
            return _done(request, result, f"assigned to {owner.name}.{_tams(owner, result)}")
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    free, stays = onboardings_bulk.without_tam(request.user, ids)
    return _ask(request, "assign", ids, errors, {"people": people, "free": free, "kept": stays})


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def mark(request: PageRequest) -> HttpResponse:
    """Give onboardings a status; shows what they have now."""
    given, errors, words = request.POST or request.GET, {}, dict(onboarding_words.statuses(handbook.pack()))
    ids, status = _chosen(request, given), given.get("status", "")
    if request.method == "POST":
        try:
            if status not in words:
                raise Refused("Choose a status.", "invalid", "status")
            return _done(request, actions.mark(ids, status, **moment(request)), f"moved to {words[status]}.")
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    return _ask(request, "mark", ids, errors, {"statuses": list(words.items())})


@needs(EDIT)
@require_POST
def bulk_undo(request: PageRequest, token: str) -> HttpResponse:
    """Take back what was done to many, where nobody has changed it since."""
    try:
        done, actor = signing.loads(token, salt=SALT, max_age=3600)
    except signing.BadSignature as error:
        raise Http404 from error
    if actor != request.user.pk:
        raise Http404
    result = actions.undo([Step(*one) for one in done], today=request.today, actor=request.user, at=timezone.now())
    left = f" {len(result.refused)} changed since, left alone." if result.refused else ""
    messages.success(request, f"Taken back for {_many(len(result.done))}.{left}")
    return changed() if request.htmx else redirect(SITE.url("list"))


# --- steps


def _chosen(request: PageRequest, given: QueryDict) -> list[int]:
    """The ticked ones, or all that match (one more than are allowed at most)."""
    if given.get("all"):
        found = queries.matching(request.user, kept(request, given), request.today)
        return list(found.order_by().values_list("pk", flat=True)[: actions.MOST + 1])
    return numbers(given.getlist("id"))


def _owner(people: list[User], text: str) -> User:
    found = next((one for one in people if str(one.pk) == text), None)
    if found is None:
        raise Refused("Choose a person.", "invalid", "owner")
    return found


def _ask(request: PageRequest, name: str, ids: list[int], errors: dict[str, str], more: dict[str, Any]) -> HttpResponse:
    given = request.POST or request.GET
    context = {
        "url": reverse(f"onboardings:{name}"), "given": given, "ids": numbers(given.getlist("id")), "count": len(ids), "most": actions.MOST,
        "title": _many(len(ids)), "preview": onboardings_bulk.preview(request.user, ids), **more,
    }  # fmt: skip
    return answer(request, f"onboardings/{name}.html", context, errors)


def _done(request: PageRequest, result: Result, words: str) -> HttpResponse:
    if result.done:
        token = signing.dumps([[astuple(one) for one in result.done], request.user.pk], salt=SALT, compress=True)
        undo = reverse("onboardings:bulk_undo", args=[token])
        messages.success(request, f"{_many(len(result.done))} {words}", extra_tags=undo)
    elif not result.refused:
        messages.success(request, "Nothing to change: it is so already.")
    if result.refused:
        context = {"refused": result.refused, "done": len(result.done)}
        response = render(request, "cockpit/refused.html", context)
        response["HX-Trigger"] = CHANGED
        return response
    return changed() if request.htmx else redirect(SITE.url("list", request.POST.get("query", "")))


def _tams(owner: User, result: Result) -> str:
    """What it did to the TAMs of the accounts, in words."""
    named = f" {owner.name} is the TAM of {_accounts(result.named)} now." if result.named else ""
    return named + (f" The TAM of {_accounts(result.stays)} stays." if result.stays else "")


def _accounts(count: int) -> str:
    return f"{count:,} account{'' if count == 1 else 's'}"


def _many(count: int) -> str:
    return f"{count:,} onboarding{'' if count == 1 else 's'}"
