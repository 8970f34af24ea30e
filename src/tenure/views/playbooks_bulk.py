"""A playbook for many accounts of a list at once: how much for whom, which are left, and doing it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tenure.actions import playbooks as actions
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, User
from tenure.queries import accounts, cockpit, entitlements, playbooks, visible
from tenure.queries.playbooks import Many
from tenure.views import accounts as accounts_list
from tenure.views import cockpit_site, playbookform, tags
from tenure.views import entitlements as entitlements_list
from tenure.views.ctas import changed
from tenure.views.drawers import Errors, dialog
from tenure.views.listing import Site, numbers
from tenure.views.playbookform import Form
from tenure.views.playbooks import APPLY, undo_address
from tenure.views.shell import PageRequest, needs

SHOWN = 50  # accounts by name
STAFF = 300


@needs(APPLY)
@require_http_methods(["GET", "POST"])
def apply_many(request: PageRequest) -> HttpResponse:
    """The dialog: playbook, day, persons, and what that would mean; and doing it. It can be taken back."""
    given = request.POST if request.method == "POST" else request.GET
    form = playbookform.read(given, request.today)
    try:
        ids = _chosen(request, given)
        if request.method == "GET" or "look" in request.GET:
            return _dialog(request, form, given, ids)
        return _applied(request, form, given, ids)
    except Refused as refusal:
        if request.method == "POST" and refusal.field != "day":
            return _dialog(request, form, given, ids, {refusal.field or "form": refusal.sentence})
        messages.error(request, refusal.sentence)
        return HttpResponse() if request.htmx else redirect(_site(given).url("list", given.get("query", "")))


def _applied(request: PageRequest, form: Form, given: QueryDict, ids: Sequence[int]) -> HttpResponse:
    plan, now = _plan(request, form, ids), timezone.now()
    if plan is None or form.seen != _digest(plan):
        raise Refused(playbookform.CHANGED if plan else "Choose a playbook and the day on which it starts.", "conflict")
    found = actions.apply_many(
        ids, form.key, start=plan.start, today=request.today, actor=request.user, at=now, people=form.people
    )
    count = len(found.done)
    left = f" {len(found.refused):,} left as they were: {found.refused[0][1]}" if found.refused else ""
    told = f"{plan.book.title} is at work on {count:,} account{'' if count == 1 else 's'}.{left}"
    messages.success(request, told, extra_tags=undo_address(form.key, now, request) if count else "")
    if _of_cockpit(given) and request.htmx:
        return changed()
    url = _site(given).url("list", given.get("query", ""))
    return HttpResponse(status=204, headers={"HX-Redirect": url}) if request.htmx else redirect(url)


def _dialog(request: PageRequest, form: Form, given: QueryDict, ids: Sequence[int], errors: Errors | None = None) -> HttpResponse:
    plan, book = _plan(request, form, ids), form.book
    context: dict[str, Any] = {
        "form": form, "plan": plan, "seen": _digest(plan) if plan else "", "given": given, "ids": numbers(given.getlist("id")), "count": len(ids),
        "too_many": len(ids) > actions.MOST, "most": actions.MOST, "playbooks": playbooks.usable(request.today), "further": 0, "refused": [],
        "asked": [(key, title, form.people.get(key)) for key, title in ((book.people or {}) if book else {}).items()],
        "staff": _staff() if book and book.people else [],
    }  # fmt: skip
    if plan:
        context |= {"refused": plan.refused[:SHOWN], "further": max(len(plan.refused) - SHOWN, 0)}
        context |= {"ready": plan.ready[:SHOWN], "beyond": max(len(plan.ready) - SHOWN, 0)}
    return dialog(request, "playbooks/apply_many.html", context, errors)


def _plan(request: PageRequest, form: Form, ids: Sequence[int]) -> Many | None:
    """What it would mean; None until the form says which playbook and when, and for too many accounts."""
    if not form.key or form.start is None or not 0 < len(ids) <= actions.MOST:
        return None
    try:
        return playbooks.preview_many(ids, form.key, start=form.start, today=request.today, user=request.user, people=form.people)
    except (OverflowError, ValueError):
        return None


def _digest(plan: Many) -> str:
    """Names what was shown: how many accounts get how many tasks of which wording, from when."""
    return f"{plan.book.key}:{plan.edition.start}:{plan.start}:{len(plan.ready)}:{plan.tasks}:{len(plan.refused)}"


def _staff() -> list[User]:
    """People whom a playbook could ask for: those who work on CTAs."""
    held = [key for key, role in visible.roles().items() if "cta.edit" in role.may]
    return list(User.objects.filter(is_active=True, roles__role__in=held).distinct().order_by("name", "pk")[:STAFF])


def _of_cockpit(given: QueryDict) -> bool:
    """Whether what was chosen are CTAs."""
    return given.get("list") == "cockpit"


def _site(given: QueryDict) -> Site:
    """The list from which one comes."""
    if _of_cockpit(given):
        return cockpit_site.SITE
    return entitlements_list.SITE if given.get("list") == "entitlements" else accounts_list.SITE


def _chosen(request: PageRequest, given: QueryDict) -> list[int]:
    """The accounts that were ticked, or all that match; those of CTAs once for each. Raises Refused for a list of another day."""
    seen = visible.summaries(request.user)
    if _of_cockpit(given):
        rows = seen.filter(pk__in=_ctas(request, given).values("account_id"))
        return list(rows.order_by("name_key", "pk").values_list("pk", flat=True)[: actions.MOST + 1])
    if given.get("list") == "entitlements":
        state = entitlements_list.state_of(QueryDict(given.get("query", "")))
        rows = entitlements.matching(request.user, state, entitlements_list.service_of(state, request), request.today)
    else:
        state = accounts_list.state_of(QueryDict(given.get("query", "")), request.today)
        other = request.as_of if request.is_as_of else state.as_of
        if other is not None:
            raise Refused(
                f"This is the list of {tags.day(other)}. Playbooks are applied on today's list; nothing was changed.",
                "conflict",
                "day",
            )
        rows = seen.filter(accounts.conditions(request.user, state, request.today))
    rows = rows if given.get("all") else seen.filter(pk__in=numbers(given.getlist("id")))
    return list(rows.order_by("name_key", "pk").values_list("pk", flat=True)[: actions.MOST + 1])


def _ctas(request: PageRequest, given: QueryDict) -> QuerySet[CallToAction]:
    """The CTAs that were ticked, or all that match."""
    if given.get("all"):
        return cockpit.matching(request.user, cockpit_site.kept(given), request.today).order_by()
    return visible.ctas(request.user).filter(pk__in=numbers(given.getlist("id")))
