"""The steps of a CTA: adding, changing, doing, skipping and ordering them in its drawer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import tasks as actions
from tenure.actions.merging import Clash
from tenure.actions.refusals import Refused
from tenure.models import Task, User
from tenure.queries import handbook, people, texts, visible
from tenure.queries.ctas import Card
from tenure.views import clashes
from tenure.views.clashes import WAS
from tenure.views.ctas import EDIT, do, finished, moment
from tenure.views.drawers import day_given, dialog
from tenure.views.shell import PageRequest, needs

ANSWER = "answer-"  # before the key of what a step asks for


@needs(EDIT)
@require_POST
def create(request: PageRequest, pk: int) -> HttpResponse:
    """Add a step to the end of a CTA; a day may come with it. It is its CTA's owner's, where the reader may give work to them."""
    title = request.POST.get("title", "")

    def add(card: Card) -> None:
        due = day_given(request.POST.get("due_date"), "due_date")
        owner = card.row.owner if card.may_assign else None
        actions.add(card.row, title, owner=owner or request.user, due_date=due, **moment(request))

    return do(request, pk, add)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def change(request: PageRequest, pk: int) -> HttpResponse:
    """The dialog that changes a step: its words, its owner, what comes first, its answers so far."""
    row, errors = find(request, pk), {}
    owners = people.seeing(row.cta.account, EDIT)
    if request.method == "POST":
        try:
            merged = actions.merge(
                row, _fields(request, row, owners), _seen(request), after=_first(request, row), **moment(request)
            )
            if merged.clashes:
                return _clashing(request, row, merged.clashes)
            return finished(request, row.cta_id, f"{row.title} saved.", merged.kept)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    before = set(row.after.values_list("pk", flat=True))
    others = [(one, one.pk in before) for one in row.cta.tasks.exclude(pk=row.pk)]
    data = {
        "row": row,
        "was": _was(request, row),
        "given": request.POST or None,
        "owners": owners,
        "others": others,
        "asked": _asked(request, row),
        "letter": _letter(request, row),
    }
    return dialog(request, "tasks/change.html", data, errors)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def done(request: PageRequest, pk: int) -> HttpResponse:
    """Do a step; one that asks for answers asks in a dialog first."""
    row, errors = find(request, pk), {}
    if request.method == "POST" and not row.asked:
        return do(request, row.cta_id, lambda card: actions.done(row, **moment(request)), f"{row.title}: done.", tab="tasks")
    if request.method == "POST":
        try:
            kept = actions.done(row, _answers(request, row), **moment(request))
            return finished(request, row.cta_id, f"{row.title}: done.", kept)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    return dialog(
        request, "tasks/done.html", {"row": row, "asked": _asked(request, row), "letter": _letter(request, row)}, errors
    )


@needs(EDIT)
@require_POST
def skip(request: PageRequest, pk: int) -> HttpResponse:
    """Leave a step out."""
    row, reason = find(request, pk), request.POST.get("reason", "")
    return do(
        request,
        row.cta_id,
        lambda card: actions.skip(row, reason=reason, **moment(request)),
        f"{row.title}: skipped.",
        tab="tasks",
    )


@needs(EDIT)
@require_POST
def reopen(request: PageRequest, pk: int) -> HttpResponse:
    """Take a step up again."""
    row = find(request, pk)
    return do(
        request, row.cta_id, lambda card: actions.reopen(row, **moment(request)), f"{row.title} is open again.", tab="tasks"
    )


@needs(EDIT)
@require_POST
def move(request: PageRequest, pk: int) -> HttpResponse:
    """Put a step at another place of the list."""
    row, place = find(request, pk), request.POST.get("position", "")
    position = int(place) if place.isdecimal() and len(place) < 6 else 0
    return do(
        request, row.cta_id, lambda card: actions.move(row, position, **moment(request)), f"{row.title} moved.", tab="tasks"
    )


# --- what they share


def find(request: PageRequest, pk: int) -> Task:
    """The task, if the reader may see it."""
    row = visible.tasks(request.user).select_related("cta__account", "cta__playbook_use__version", "owner").filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _letter(request: PageRequest, row: Task) -> tuple[str, str] | None:
    """The text of the handbook that goes with a step, and where one begins an entry with it."""
    found = texts.of_steps(row.cta).get(row.key, "")
    if not found or row.status != "open" or not visible.may(request.user, "activity.log"):
        return None
    return found, f"{reverse('activities:log', args=[row.cta.account_id])}?cta={row.cta_id}&template={found}&step={row.pk}"


def _fields(request: HttpRequest, row: Task, owners: list[User]) -> dict[str, Any]:
    """What the dialog says. Raises Refused."""
    given = request.POST
    found: dict[str, Any] = {name: given[name] for name in ("title", "note") if name in given}
    if "owner" in given and given["owner"] not in (str(row.owner_id or ""), given.get(f"{WAS}owner")):
        found["owner"] = next((one for one in owners if str(one.pk) == given["owner"]), None)
        if given["owner"] and found["owner"] is None:
            raise Refused("Choose an owner from the list.", "invalid", "owner")
    if answers := _answers(request, row):
        found["fields"] = answers
    return found


def _was(request: HttpRequest, row: Task) -> dict[str, Any]:
    """What the dialog shows of each field; after a refusal what it had shown at first."""
    given = clashes.seen(request.POST)
    found: dict[str, Any] = {"title": row.title, "note": row.note, "owner": str(row.owner_id or ""), **given}
    keys = [one["key"] for one in row.asked]
    return {**found, "answers": [(key, given.get(ANSWER + key, row.fields.get(key, ""))) for key in keys]}


def _seen(request: HttpRequest) -> dict[str, Any]:
    """What the dialog had shown of each field."""
    given = clashes.seen(request.POST)
    found: dict[str, Any] = {name: given[name] for name in ("title", "note") if name in given}
    if "owner" in given:
        found["owner_id"] = int(given["owner"]) if given["owner"].isdecimal() else None
    return found | {"fields": {name.removeprefix(ANSWER): value for name, value in given.items() if name.startswith(ANSWER)}}


def _clashing(request: PageRequest, row: Task, found: Sequence[Clash]) -> HttpResponse:
    """What was not saved, because somebody else has changed it; the rest is."""
    labels = {asked["key"]: asked["label"] for asked in row.asked}
    named = [replace(one, name=f"{ANSWER}{one.name}") if one.name in labels else one for one in found]
    shown = clashes.shown(named, row, {f"{ANSWER}{key}": label for key, label in labels.items()})
    return dialog(request, "tasks/clash.html", {"row": row, "clashes": shown})


def _first(request: HttpRequest, row: Task) -> list[Task] | None:
    """What comes first, as ticked; None where the form doesn't ask."""
    if "order" not in request.POST and "after" not in request.POST:
        return None
    numbers = {int(text) for text in request.POST.getlist("after") if text.isdecimal() and len(text) < 19}
    return list(row.cta.tasks.filter(pk__in=numbers))


def _answers(request: HttpRequest, row: Task) -> dict[str, str]:
    return {one["key"]: request.POST[ANSWER + one["key"]] for one in row.asked if ANSWER + one["key"] in request.POST}


def _asked(request: PageRequest, row: Task) -> list[tuple[dict[str, Any], str]]:
    """What is asked, each with what was typed or is kept."""
    typed, pack = _answers(request, row), handbook.pack()
    kept = {one["key"]: row.fields.get(one["key"], "") or texts.expected(one["key"], request.today, pack) for one in row.asked}
    return [(one, typed.get(one["key"], kept[one["key"]])) for one in row.asked]
