"""Services of one account: the drawers in which a delivery is logged, planned, changed and called off."""

import re
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import services as actions
from tenure.actions.refusals import Refused
from tenure.models import Account, ServiceDelivery, User
from tenure.queries import handbook, hours, people, services
from tenure.views.activityform import number
from tenure.views.drawers import Errors, day_given, done, drawer, editable, stood
from tenure.views.shell import PageRequest, needs

LOG = "service.log"
FORM = "services/form.html"
# what the drawer is for: its heading, its button
WORDS = {"deliver": ("Log a service for {}", "Log"), "plan": ("Plan a service for {}", "Plan"), "fulfil": ("{} was delivered", "Log"), "change": ("Change {}", "Save")}  # fmt: skip


@needs(LOG)
@require_http_methods(["GET", "POST"])
def deliver(request: PageRequest, pk: int) -> HttpResponse:
    """Log what was delivered; it can be taken back."""
    return _create(request, editable(request, pk, LOG), "deliver")


@needs(LOG)
@require_http_methods(["GET", "POST"])
def plan(request: PageRequest, pk: int) -> HttpResponse:
    """Plan a service; paid hours are kept for it."""
    return _create(request, editable(request, pk, LOG), "plan")


@needs(LOG)
@require_http_methods(["GET", "POST"])
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change a delivery or a plan."""
    return _change(request, _find(request, pk), "change")


@needs(LOG)
@require_http_methods(["GET", "POST"])
def fulfil(request: PageRequest, pk: int) -> HttpResponse:
    """Log what was planned as delivered."""
    row = _find(request, pk)
    if row.status != "planned":
        raise Http404
    return _change(request, row, "fulfil")


@needs(LOG)
@require_http_methods(["GET", "POST"])
def cancel(request: PageRequest, pk: int) -> HttpResponse:
    """Call off what was planned, with a reason; it can be taken back."""
    row, reason, errors = _find(request, pk), request.POST.get("reason", ""), {}
    if request.method == "POST":
        try:
            actions.cancel(row, reason, actor=request.user, at=timezone.now())
            return _done(request, row, "{} is called off.", "services:restore")
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    return drawer(request, "services/cancel.html", row.account, {"row": row, "reason": reason}, errors)


@needs(LOG)
@require_POST
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Take a delivery off the account; it can be brought back."""
    row = _find(request, pk)
    return _carried_out(request, row, lambda: actions.delete(row, actor=request.user, at=timezone.now()), "{} is deleted.", "services:restore")  # fmt: skip


@needs(LOG)
@require_POST
def restore(request: PageRequest, pk: int) -> HttpResponse:
    """Bring back what was deleted or called off."""
    row = _find(request, pk, deleted=True)
    return _carried_out(request, row, lambda: actions.restore(row, actor=request.user, at=timezone.now()), "{} is back.")


# --- parts


def _find(request: PageRequest, pk: int, *, deleted: bool = False) -> ServiceDelivery:
    """A delivery that the reader may change: 404 where it isn't seen, 403 where it can only be read."""
    row = services.one(request.user, pk, deleted=deleted)
    if row is None:
        raise Http404
    editable(request, row.account_id, LOG)
    return row


def _create(request: PageRequest, account: Account, verb: str) -> HttpResponse:
    if request.method == "GET":
        values = {"service": request.GET.get("service", ""), "delivered_on": request.today, "delivered_by": request.user.pk}
        return _form(request, account, verb, values)
    try:
        act = actions.plan if verb == "plan" else actions.deliver
        row = act(account, given(request), today=request.today, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return _form(request, account, verb, typed(request), errors={refusal.field or "form": refusal.sentence})
    return _done(request, row, "{} is planned." if verb == "plan" else "{} is logged.", "services:delete")


def _change(request: PageRequest, row: ServiceDelivery, verb: str) -> HttpResponse:
    if request.method == "GET":
        values = {name: getattr(row, name) for name in ("service", "delivered_on", "paid", "note")}
        values |= {"delivered_by": row.delivered_by_id, "hours": clock(row.minutes)}
        values |= {"delivered_on": min(row.delivered_on, request.today)} if verb == "fulfil" else {}
        return _form(request, row.account, verb, values, row)
    try:
        moment: dict[str, Any] = {"today": request.today, "actor": request.user, "at": timezone.now()}
        changed = actions.update(row, given(request), delivered=verb == "fulfil", **moment)
    except Refused as refusal:
        return _form(request, row.account, verb, typed(request), row, {refusal.field or "form": refusal.sentence})
    return _done(request, row, "{} is saved." if changed else "")


def _form(
    request: PageRequest, account: Account, verb: str, values: dict[str, Any], row: ServiceDelivery | None = None, errors: Errors | None = None
) -> HttpResponse:  # fmt: skip
    heading, button = WORDS[verb]
    day_of = values.get("delivered_on")
    values |= {"delivered_on": day_of.isoformat() if isinstance(day_of, date) else day_of or ""}
    context = {
        "v": values, "row": row, "fulfils": verb == "fulfil", "button": button, "planned": verb == "plan" or bool(row and row.status == "planned" and verb == "change"),
        "heading": heading.format(services.title(row.service) if row else account.name), "people": people.seeing(account, LOG),
        "choices": services.choices(account, request.today, handbook.pack()), "balance": hours.balance(account.pk, request.today),
        "url": reverse(f"services:{verb}", args=[row.pk if row else account.pk]),
    }  # fmt: skip
    return drawer(request, FORM, account, context, errors)


def given(request: PageRequest) -> dict[str, Any]:
    """What was filled in, as the fields of a delivery."""
    form = request.POST
    by = number(form.get("delivered_by", ""))
    return {
        "service": form.get("service", ""), "delivered_on": day_given(form.get("delivered_on"), "delivered_on"), "minutes": minutes(form.get("hours", "")),
        "paid": "paid" in form, "note": form.get("note", ""), "delivered_by": User.objects.filter(pk=by).first() if by else None,
    }  # fmt: skip


def typed(request: PageRequest) -> dict[str, Any]:
    """What was typed, to be shown again with the refusal."""
    form = request.POST
    found: dict[str, Any] = {name: form.get(name, "") for name in ("service", "delivered_on", "hours", "note")}
    return found | {"paid": "paid" in form, "delivered_by": number(form.get("delivered_by", ""))}


def minutes(text: str) -> int | None:
    """``1.5``, ``1,5`` or ``1:30`` hours as minutes; None where blank, -1 for what is no time."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    if clocked := re.fullmatch(r"(\d{1,5}):([0-5]\d)", text, re.ASCII):
        return int(clocked[1]) * 60 + int(clocked[2])
    return round(float(text) * 60) if re.fullmatch(r"\d{1,5}(\.\d{0,4})?", text, re.ASCII) else -1


def clock(value: int) -> str:
    """Minutes as the form shows them: ``1:30``; blank for none."""
    return f"{value // 60}:{value % 60:02}" if value else ""


def _carried_out(request: PageRequest, row: ServiceDelivery, act: Any, text: str, undo: str = "") -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        return done(request, back(request, row.account), refusal.sentence)
    return _done(request, row, text, undo)


def _done(request: PageRequest, row: ServiceDelivery, text: str, undo: str = "") -> HttpResponse:
    told = text.format(services.title(row.service))
    return done(request, back(request, row.account), told, reverse(undo, args=[row.pk]) if undo else "")


def back(request: PageRequest, account: Account) -> str:
    """The page on which the drawer stood, else the account's services."""
    return stood(request, "services", "hours") or reverse("account:section", args=[account.pk, "services"])
