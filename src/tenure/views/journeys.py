"""The journey of an account: ticking steps of the responsibility matrix, the stage of the customer's life, the decision on a project."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import engagements
from tenure.actions import journeys as actions
from tenure.actions.engagements import Confirmed
from tenure.actions.refusals import Refused
from tenure.actions.ticking import Overtaken
from tenure.models import Account, Engagement, JourneyStep, Opportunity
from tenure.queries import handbook, visible
from tenure.rules.journey import StepShape
from tenure.views.clashes import shown_of
from tenure.views.drawers import Errors, day_or, done, drawer, editable, find
from tenure.views.shell import PageRequest, needs

EDIT = engagements.EDIT
TICKED = ("state", "on", "note")  # what a tick says
WANTED = {"yes": True, "no": False, "open": None}


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def tick(request: PageRequest, pk: int, step: str) -> HttpResponse:
    """Say that a step is done or not needed, with a day and a note."""
    deal = _deal(request, pk)
    found, row = _step(request, step), JourneyStep.objects.filter(opportunity=deal, step=step).first()
    given, was = {name: request.POST.get(name, "") for name in TICKED}, shown_of(row, TICKED, request.POST)
    errors: Errors = {}
    if request.method == "POST":
        try:
            on = day_or(given["on"], request.today, "on")
            actions.tick(deal, step, given["state"], on=on, note=given["note"], seen=was, **_moment(request))
            return _back(request, deal, f"{found.title}: {'done' if given['state'] == 'done' else 'not needed'}.", step, row)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
            if isinstance(refusal, Overtaken):
                row = JourneyStep.objects.filter(opportunity=deal, step=step).first()
                was = shown_of(row, TICKED)
    elif row:
        given = shown_of(row, TICKED)
    context = {"deal": deal, "step": found, "row": row, "v": given, "was": was, "today": request.today}
    return drawer(request, "journeys/tick.html", deal.account, context, errors)


@needs(EDIT)
@require_POST
def untick(request: PageRequest, pk: int, step: str) -> HttpResponse:
    """Take a tick back: also the undo of ticking."""
    deal = _deal(request, pk)
    try:
        actions.untick(deal, step, **_moment(request))
    except Refused as refusal:
        return done(request, _url(deal), refusal.sentence)
    return done(request, _url(deal), "The step is open again.")


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def stage(request: PageRequest, pk: int) -> HttpResponse:
    """Set the stage of a customer's life; it asks for what the handbook asks to be confirmed. It can be undone."""
    account, errors = editable(request, pk, EDIT), {}
    stages, row = handbook.pack().journey.lifecycle(request.today), Engagement.objects.filter(account=pk).first()
    typed = request.POST or request.GET
    chosen = typed.get("stage", row.stage if row else "")
    if request.method == "POST":
        given = {
            one.key: Confirmed(request.POST.get(f"link-{one.key}", ""))
            for one in _confirmations(stages, chosen)
            if one.key in request.POST
        }
        try:
            since, why = day_or(request.POST.get("stage_since"), request.today, "stage_since"), request.POST.get("reason", "")
            event = engagements.set_stage(account, chosen, since=since, reason=why, confirmed=given, **_moment(request))
            return _saved(request, account, f"{account.name}: {stages[chosen].title if chosen else 'no stage'}.", event)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    asked = [(one, one.key in typed, typed.get(f"link-{one.key}", "")) for one in _confirmations(stages, chosen)]
    context = {"row": row, "stages": stages, "chosen": chosen, "asked": asked, "v": typed, "today": request.today}
    return drawer(request, "journeys/stage.html", account, context, errors)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def project(request: PageRequest, pk: int) -> HttpResponse:
    """Decide whether an account is to have a customer project. It can be undone."""
    account, errors = editable(request, pk, EDIT), {}
    row = Engagement.objects.filter(account=pk).first()
    if request.method == "POST":
        try:
            wanted = WANTED[request.POST.get("wanted", "open")]
            event = engagements.decide_project(account, wanted, reason=request.POST.get("reason", ""), **_moment(request))
            return _saved(request, account, f"The decision on a project of {account.name} is kept.", event)
        except KeyError:
            errors = {"wanted": "Choose one of the three."}
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    kept = next(word for word, value in WANTED.items() if value is (row.wants_project if row else None))
    reason = request.POST.get("reason", row.wants_project_reason if row else "")
    context = {"reason": reason, "chosen": request.POST.get("wanted", kept)}
    return drawer(request, "journeys/project.html", account, context, errors)


@needs(EDIT)
@require_POST
def undo(request: PageRequest, pk: int, event: int) -> HttpResponse:
    """Take back a stage or a decision on a project."""
    account = find(request, pk)
    try:
        engagements.undo(event, **_moment(request))
    except Refused as refusal:
        return done(request, _section(account), refusal.sentence)
    return done(request, _section(account), "That is as it was.")


# --- parts


def _moment(request: PageRequest) -> dict[str, Any]:
    return {"today": request.today, "actor": request.user, "at": timezone.now()}


def _deal(request: PageRequest, pk: int) -> Opportunity:
    """The opportunity, if the reader may keep its account's journey; 404 where it isn't seen."""
    seen = Opportunity.objects.filter(account__in=visible.accounts(request.user), deleted_at=None)
    row = get_object_or_404(seen.select_related("account"), pk=pk)
    editable(request, row.account_id, EDIT)
    return row


def _step(request: PageRequest, key: str) -> StepShape:
    matrix = handbook.pack().journey.matrix(request.today)
    found = matrix.step(key) if matrix else None
    if found is None:
        raise Http404
    return found


def _confirmations(stages: Any, chosen: str) -> Any:
    return stages[chosen].confirmations if chosen in stages else ()


def _section(account: Account) -> str:
    return reverse("account:section", args=[account.pk, "journey"])


def _url(deal: Opportunity) -> str:
    return f"{_section(deal.account)}?deal={deal.pk}"


def _back(request: PageRequest, deal: Opportunity, text: str, step: str, before: JourneyStep | None) -> HttpResponse:
    """Back with a toast; what was ticked anew can be taken back at once."""
    return done(request, _url(deal), text, "" if before else reverse("journeys:untick", args=[deal.pk, step]))


def _saved(request: PageRequest, account: Account, text: str, event: int | None) -> HttpResponse:
    undo = reverse("journeys:undo", args=[account.pk, event]) if event else ""
    return done(request, _section(account), text if event else "Nothing to change.", undo)
