"""Beginning a hand-over: which kind, then step by step who, what moves, when; what would happen is shown before anything does."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tenure.actions import handovers_starting
from tenure.actions.refusals import Refused
from tenure.models import Account, Event, HandOver
from tenure.queries import handbook, visible
from tenure.queries.handovers_rights import ASSIGN, EDIT
from tenure.views import handoversform as form
from tenure.views.drawers import Errors, day_or, done, drawer, editable
from tenure.views.shell import PageRequest, needs


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def start(request: PageRequest, pk: int) -> HttpResponse:
    """Begin a hand-over of an account. It can be undone."""
    account = editable(request, pk, EDIT)
    given = request.POST or request.GET
    shape = handbook.pack().journey.handover(given.get("kind", ""), request.today) if given.get("kind") in form.STEPS else None
    if shape is None:
        return _kinds(request, account)
    steps = form.STEPS[shape.key]
    step = given.get("step", "") if given.get("step") in steps else steps[0]
    found, errors = form.flow(request.user, account, shape, given, step, request.today), Errors()
    if request.method == "POST":
        try:
            if given.get("go") != "back":
                form.check_step(found, given, request.today)
                if found.is_last:
                    return _begin(request, account, found)
            step = steps[max(steps.index(step) + (-1 if given.get("go") == "back" else 1), 0)]
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
            step = form.step_of(refusal.field, step, steps)
        found = form.flow(request.user, account, shape, given, step, request.today)
    may_assign = visible.may_on(request.user, ASSIGN, account)
    return drawer(
        request, "handovers/start.html", account, {"f": found, "today": request.today, "may_assign": may_assign}, errors
    )


def _kinds(request: PageRequest, account: Account) -> HttpResponse:
    """What there is to choose from; what goes on already is led to."""
    book, held = handbook.pack().journey, {row.kind: row for row in HandOver.objects.filter(account=account, is_open=True)}
    shapes = [book.handover(kind, request.today) for kind in form.STEPS]
    found = [(shape, held.get(shape.key)) for shape in shapes if shape]
    return drawer(request, "handovers/kinds.html", account, {"found": found})


def _begin(request: PageRequest, account: Account, found: form.Flow) -> HttpResponse:
    """Carry out what was chosen. Raises Refused."""
    given = request.POST
    deal = next((one for one in found.deals if str(one.pk) == given.get("opportunity")), None)
    if given.get("opportunity") and deal is None:
        raise Refused("The account has no such opportunity any more. Choose another.", "invalid", "opportunity")
    row = handovers_starting.start(
        account, found.kind, giver=found.giver, taker=found.taker, opportunity=deal, due_on=day_or(given.get("due_on"), found.due, "due_on"),
        note=given.get("note", ""), options=form.options(given), today=request.today, actor=request.user, at=timezone.now(),
    )  # fmt: skip
    event = Event.objects.filter(account_id=account.pk, noun="handover", object_id=row.pk, verb="handover.started").latest("pk")
    text = f"{found.shape.title}: begun. Due {row.due_on.day} {row.due_on:%b}."
    return done(request, reverse("handovers:show", args=[row.pk]), text, reverse("handovers:undo", args=[row.pk, event.pk]))
