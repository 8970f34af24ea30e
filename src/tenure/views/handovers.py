"""One hand-over: its page for both sides, saying what is done, offering, accepting, sending back, changing, and taking each of these back."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import handovers as actions
from tenure.actions import handovers_accepting
from tenure.actions.refusals import Refused
from tenure.actions.ticking import Overtaken
from tenure.models import HandOver
from tenure.queries import handbook, handovers, handovers_rights, handovers_states, people, visible
from tenure.queries.handovers_rights import EDIT, VIEW
from tenure.views import handoversform as form
from tenure.views.clashes import shown_of
from tenure.views.drawers import Errors, day_or, dialog, done, drawer, editable
from tenure.views.shell import PageRequest, needs

TICKED = ("state", "on", "note", "link")  # what a tick says


@needs(VIEW)
@require_GET
def show(request: PageRequest, pk: int) -> HttpResponse:
    """The page of a hand-over, the same for both sides."""
    row = _find(request, pk)
    board = handovers.board(request.user, row, request.today, handbook.pack())
    rights = visible.rights_on(request.user, row.account)
    context = {"b": board, "h": row, "account": row.account, "may": form.may(rights), "calls": form.calls(board)}
    return render(request, "handovers/show.html", context | {"who": form.who(board), "main": form.main(board)})


@needs(VIEW)
@require_GET
def urgent(request: PageRequest) -> HttpResponse:
    """The part of a home page: open hand-overs of the team, or one's own, the most urgent first; nothing where there are none."""
    reach = {role.sees for role in visible.roles_of(request.user)}
    found = handovers.opened(request.user, request.today, own="own_and_territory" in reach)
    return render(request, "handovers/urgent.html", {"found": found})


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def tick(request: PageRequest, pk: int, item: str) -> HttpResponse:
    """Say that an item is done or not needed, with a day, a note and an address. It can be undone."""
    row = _open(request, pk)
    found = next((one for one in handovers_states.one(row, request.today, handbook.pack()) if one.item.key == item), None)
    if found is None:
        raise Http404
    old = row.items.filter(key=item).first()
    given, errors, was = form.item(request.POST, old), Errors(), shown_of(old, TICKED, request.POST)
    if request.method == "POST":
        try:
            said: dict[str, Any] = {"on": day_or(given["on"], request.today, "on"), "note": given["note"], "link": given["link"]}
            changed = actions.tick(row, item, given["state"], seen=was, **said, **_moment(request))
            word = "done" if given["state"] == "done" else "not needed"
            return _done(request, row, f"{found.item.title}: {word}.", changed)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
            if isinstance(refusal, Overtaken):
                old = row.items.filter(key=item).first()
                was = shown_of(old, TICKED)
    context = {"h": row, "found": found, "row": old, "v": given, "was": was, "today": request.today}
    return drawer(request, "handovers/tick.html", row.account, context, errors)


@needs(EDIT)
@require_POST
def untick(request: PageRequest, pk: int, item: str) -> HttpResponse:
    """Take back what somebody said of an item."""
    row = _open(request, pk)
    return _carried_out(request, row, lambda: actions.untick(row, item, **_moment(request)), "It is open again.")


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def offer(request: PageRequest, pk: int) -> HttpResponse:
    """Hand it over, with a word."""
    row = _open(request, pk)
    return _dialog(
        request, row, "offer", lambda: actions.offer(row, note=request.POST.get("note", ""), **_moment(request)), "{} is offered."
    )


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def accept(request: PageRequest, pk: int) -> HttpResponse:
    """Accept it: what changes hands is shown before."""
    row = _open(request, pk)

    def act() -> actions.Changed:
        return actions.Changed(handovers_accepting.accept(row, note=request.POST.get("note", ""), **_moment(request)))

    return _dialog(request, row, "accept", act, "{} is taken over.")


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def send_back(request: PageRequest, pk: int) -> HttpResponse:
    """Send it back with a reason, and say what isn't good enough."""
    row, given = _open(request, pk), request.POST

    def act() -> actions.Changed:
        return actions.send_back(row, given.get("reason", ""), items=given.getlist("item"), **_moment(request))

    return _dialog(request, row, "send_back", act, "{} goes back.")


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def cancel(request: PageRequest, pk: int) -> HttpResponse:
    """Call it off with a reason."""
    row = _open(request, pk)
    return _dialog(
        request, row, "cancel", lambda: actions.cancel(row, request.POST.get("reason", ""), **_moment(request)), "{}: called off."
    )


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change who gives and takes, the day and the note; what somebody else changed meanwhile is asked."""
    row, errors, clashes = _open(request, pk), Errors(), []
    if request.method == "POST":
        try:
            fields, seen = form.fields(request.POST), form.seen(request.POST)
            changed = actions.change(row, fields, seen=seen, **_moment(request))
            if not changed.clashes:
                return _done(request, row, "The hand-over is changed." if changed.event else "Nothing to change.", changed)
            clashes = form.clashes(changed.clashes)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    given = form.given(request.POST, row) if errors or clashes else form.of_row(row)
    staff = people.seeing(row.account, EDIT)
    context = {
        "h": row,
        "v": given,
        "staff": staff,
        "tams": form.tams(row.account) if row.kind == "tam" else [],
        "clashes": clashes,
        "was": form.of_row(row),
    }
    return drawer(request, "handovers/change.html", row.account, context, errors | ({"clash": "changed"} if clashes else {}))


@needs(EDIT)
@require_POST
def undo(request: PageRequest, pk: int, event: int) -> HttpResponse:
    """Take a change back, the acceptance with everything that it moved."""
    row = _find(request, pk)
    editable(request, row.account_id, EDIT)
    account = row.account_id
    try:
        actions.undo(row, event, today=request.today, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return done(request, _url(row), refusal.sentence)
    left = HandOver.objects.filter(pk=pk).exists()
    return done(request, _url(row) if left else reverse("account:show", args=[account]), "That is as it was.")


# --- parts


def _find(request: PageRequest, pk: int) -> HandOver:
    row = handovers.one(request.user, pk)
    if row is None:
        raise Http404
    return row


def _open(request: PageRequest, pk: int) -> HandOver:
    """A hand-over that the reader may keep: 404 where it isn't seen, 403 where it can only be read."""
    row = _find(request, pk)
    editable(request, row.account_id, EDIT)
    return row


def _moment(request: PageRequest) -> dict[str, Any]:
    return {"today": request.today, "actor": request.user, "at": timezone.now()}


def _url(row: HandOver) -> str:
    return reverse("handovers:show", args=[row.pk])


def _done(request: PageRequest, row: HandOver, text: str, changed: actions.Changed) -> HttpResponse:
    undo = reverse("handovers:undo", args=[row.pk, changed.event]) if changed.event else ""
    return done(request, _url(row), text, undo)


def _carried_out(request: PageRequest, row: HandOver, act: Callable[[], actions.Changed], text: str) -> HttpResponse:
    try:
        changed = act()
    except Refused as refusal:
        return done(request, _url(row), refusal.sentence)
    return _done(request, row, text, changed)


def _dialog(request: PageRequest, row: HandOver, verb: str, act: Callable[[], actions.Changed], text: str) -> HttpResponse:
    """Ask before it is done, then do it; a refusal stands in the dialog."""
    errors: Errors = {}
    if request.method == "POST":
        try:
            return _done(request, row, text.format(row.account.name), act())
        except Refused as refusal:
            errors = {refusal.field if refusal.field in ("reason", "note") else "form": refusal.sentence}
    board = handovers.board(request.user, row, request.today, handbook.pack())
    sides = handovers_rights.of(request.user, row)
    context = {
        "b": board,
        "h": row,
        "sides": sides,
        "v": request.POST,
        "chosen": request.POST.getlist("item"),
        "decided": form.decided(row, request.user),
    }
    return dialog(request, f"handovers/{verb}.html", context, errors)
