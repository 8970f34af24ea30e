"""One onboarding: its drawer, what is changed in it, completing it, and making one by hand."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import onboardings as actions
from tenure.actions.merging import Clash
from tenure.actions.onboardings import Changed
from tenure.actions.onboardings_fields import Incomplete
from tenure.actions.refusals import Refused
from tenure.models import Onboarding
from tenure.queries import handbook, onboardings_one
from tenure.queries.onboardings import EDIT, VIEW
from tenure.queries.onboardings_one import One
from tenure.views import clashes
from tenure.views import onboardings_form as form
from tenure.views.drawers import day_given, dialog, done, stood
from tenure.views.factform import FLAGS
from tenure.views.onboardings_site import CHANGED, RELOAD, changed
from tenure.views.shell import PageRequest, needs

Doing = Callable[[Onboarding], Changed]


@needs(VIEW)
@require_GET
def show(request: PageRequest, pk: int) -> HttpResponse:
    """An onboarding in its drawer, or on a page of its own; its card alone when that asks for itself."""
    return _card(request, pk)


@needs(EDIT)
@require_POST
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change fields in place. What somebody else has changed meanwhile is shown beside it."""
    found = list[Clash]()

    def changing(row: Onboarding) -> Changed:
        owners = form.owners_of(row.account) if "owner" in request.POST else []
        known = onboardings_one.owners(row.account, owners, row)
        given, seen = form.fields(request.POST, row.account, known), form.fields(clashes.seen(request.POST), row.account, known)
        told = actions.change(row, given, seen=seen, **moment(request))
        found.extend(told.clashes)
        return told

    return do(request, pk, changing, "{} saved.", found)


@needs(EDIT)
@require_POST
def status(request: PageRequest, pk: int) -> HttpResponse:
    """Give it another status; where that asks for more, its form."""
    to = request.POST.get("status", "")
    return do(request, pk, lambda row: actions.set_status(row, to, **moment(request)), "{} moved.")


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def complete(request: PageRequest, pk: int) -> HttpResponse:
    """The dialog that asks for what is missing, and completing it."""
    found = _one(request, pk)
    row, errors = found.row, {}
    if request.method == "POST":
        try:
            given = form.fields(request.POST, row.account, [])
            event = actions.complete(row, given, **moment(request)).event
            return finished(request, pk, f"{row.name} completed.", undo_of(pk, event))
        except Refused as refusal:
            errors = said(refusal)
    values = {**form.values_of(row), "finish_date": row.finish_date or request.today, **_typed(request)}
    fields = form.shown([*found.asked, "finish_date"], values, row.account, [], found.lacking, errors)
    return dialog(request, "onboardings/complete.html", {"o": found, "row": row, "fields": fields}, errors)


@needs(EDIT)
@require_POST
def milestone(request: PageRequest, pk: int, key: str) -> HttpResponse:
    """Record when a milestone of use was reached, or take it away."""
    reached = request.POST.get("reached_on", "")

    def marking(row: Onboarding) -> Changed:
        return actions.milestone(row, key, day_given(reached, "reached_on"), **moment(request))

    return do(request, pk, marking, "{} saved.")


@needs(EDIT)
@require_POST
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Take it off the account; it can be brought back."""
    row = find(request, pk)
    try:
        actions.delete(row, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return _card(request, pk, refusal.sentence)
    return done(request, _back(request, row), f"{row.name} deleted.", reverse("onboardings:restore", args=[pk]))


@needs(EDIT)
@require_POST
def restore(request: PageRequest, pk: int) -> HttpResponse:
    """Bring a deleted one back."""
    row = onboardings_one.find(request.user, pk, deleted=True)
    if row is None:
        raise Http404
    return _told(request, row, lambda: actions.restore(row, actor=request.user, at=timezone.now()), f"{row.name} is back.")


@needs(EDIT)
@require_POST
def undo(request: PageRequest, pk: int, event: int) -> HttpResponse:
    """Take a change back, unless what it wrote was changed since."""
    row = find(request, pk)
    return _told(request, row, lambda: actions.undo(row, event, **moment(request)), "Taken back.")


# --- what these pages share


def find(request: PageRequest, pk: int) -> Onboarding:
    """The onboarding, if the reader may see it; 404 for everybody else."""
    row = onboardings_one.find(request.user, pk)
    if row is None:
        raise Http404
    return row


def _one(request: PageRequest, pk: int) -> One:
    found = onboardings_one.one(request.user, pk, request.today)
    if found is None:
        raise Http404
    return found


def moment(request: PageRequest) -> dict[str, Any]:
    """Who does it, on which day, and when."""
    return {"today": request.today, "actor": request.user, "at": timezone.now()}


def undo_of(pk: int, event: int | None) -> str:
    """The address that takes a change back."""
    return reverse("onboardings:undo", args=[pk, event]) if event else ""


def do(request: PageRequest, pk: int, doing: Doing, told: str, clashing: Sequence[Clash] = ()) -> HttpResponse:
    """Do it and show the card again, with a toast that takes it back; a refusal is shown in the card and nothing is changed."""
    row, refusal = find(request, pk), ""
    try:
        made = doing(row)
        if made.event:
            messages.success(request, told.format(row.name), extra_tags=undo_of(pk, made.event))
    except Refused as refused:
        if isinstance(refused, Incomplete) and request.htmx and ends(row, request.POST.get("status", "")):
            return asking(pk)
        if refused.code == "not_found":
            raise Http404 from refused
        refusal = refused.sentence
    return _card(request, pk, refusal, clashing, again=True)


def said(refusal: Refused) -> dict[str, str]:
    """A refusal in a form: beside its field; what is missing at each field, the sentence above all."""
    if isinstance(refusal, Incomplete):
        return {**dict.fromkeys(refusal.missing, "Still asked for"), "form": refusal.sentence}
    return {refusal.field or "form": refusal.sentence}


def ends(row: Onboarding, status: str) -> bool:
    """Whether a status of its edition ends an onboarding."""
    edition = handbook.pack().onboarding.edition(row.edition) if row.edition else None
    found = edition.status(status) if edition else None
    return found is not None and not found.open


def asking(pk: int) -> HttpResponse:
    """Let the page open the form that asks for what is missing."""
    told = {"tenure:ask": {"url": reverse("onboardings:complete", args=[pk])}, RELOAD: ""}
    return HttpResponse("", headers={"HX-Trigger": json.dumps(told), "HX-Reswap": "none"})


def _card(
    request: PageRequest, pk: int, refusal: str = "", clashing: Sequence[Clash] = (), *, again: bool = False
) -> HttpResponse:
    """The card as it is now; the drawer or the page around it where there is none yet."""
    if again and not request.htmx and not clashing:
        if refusal:
            messages.error(request, refusal)
        return redirect("onboardings:show", pk)
    found = _one(request, pk)
    context = card_context(found) | {"refusal": refusal, "clashes": form.clashing(clashing, found.row)}
    alone = request.htmx and request.htmx.target == "ob"
    frame = "account/drawer.html" if request.htmx else "account/drawer_page.html"
    response = render(request, "onboardings/card.html" if alone else "onboardings/show.html", context | {"frame": frame})
    if again:
        response["HX-Trigger"] = CHANGED
    return response


def card_context(found: One) -> dict[str, Any]:
    """What the templates of a card need."""
    owners = onboardings_one.owners(found.account, form.owners_of(found.account) if found.may else [], found.row)
    values, closed = form.values_of(found.row), not found.row.is_open
    parts = [
        (
            title,
            form.shown([name for name in names if name != "finish_date" or closed], values, found.account, owners, found.lacking),
        )
        for title, names in form.PARTS
    ]
    return {"o": found, "row": found.row, "account": found.account, "parts": parts, "currency": handbook.pack().handbook.currency}


def _typed(request: PageRequest) -> dict[str, Any]:
    """What was typed into the form, as far as it can be read."""
    found: dict[str, Any] = {}
    for name in form.FIELDS:
        if name in request.POST and form.FIELDS[name][1] in ("answer", "score", "text", "link", "line", "day"):
            found[name] = FLAGS.get(request.POST[name]) if form.FIELDS[name][1] == "answer" else request.POST[name]
    return found


def _told(request: PageRequest, row: Onboarding, doing: Callable[[], object], text: str) -> HttpResponse:
    try:
        doing()
        messages.success(request, text)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return changed() if request.htmx else redirect("onboardings:show", row.pk)


def finished(request: PageRequest, pk: int, text: str, undo: str = "") -> HttpResponse:
    """After a dialog: it closes, the drawer and lists show themselves anew; where the dialog was a page, the onboarding's page."""
    here = reverse("onboardings:show", args=[pk])
    messages.success(request, text, extra_tags=undo)
    if not request.htmx:
        return redirect(here)
    path = request.htmx.current_url_abs_path
    if path and path.partition("?")[0] == request.path:
        return HttpResponse(status=204, headers={"HX-Redirect": here})
    return changed()


def _back(request: PageRequest, row: Onboarding) -> str:
    """The page on which the drawer stood, else the account's."""
    return stood(request, "onboardings") or reverse("account:section", args=[row.account_id, "onboarding"])
