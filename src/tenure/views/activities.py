"""One entry of the timeline: reading it, and the drawer in which a call is logged or planned."""

from collections.abc import Callable
from datetime import datetime
from secrets import token_hex
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import activities as actions
from tenure.actions import activities_drafts as drafting
from tenure.actions import calls
from tenure.actions import comments as commenting
from tenure.actions.refusals import Refused
from tenure.models import Account, Activity, Comment
from tenure.queries import activities, handbook, mentions, services, texts, visible
from tenure.views import activityform, ctaform
from tenure.views.drawers import dialog, done, drawer, editable, find, stood
from tenure.views.shell import PageRequest, needs

VIEW, LOG = "activity.view", "activity.log"
FORM = "activities/form.html"


@needs(LOG)
@require_http_methods(["GET", "POST"])
def log(request: PageRequest, pk: int) -> HttpResponse:
    """Log what happened with an account; it can be taken back."""
    return _create(request, editable(request, pk, LOG), planned=False)


@needs(LOG)
@require_http_methods(["GET", "POST"])
def plan(request: PageRequest, pk: int) -> HttpResponse:
    """Plan a call or a meeting."""
    return _create(request, editable(request, pk, LOG), planned=True)


@needs(LOG)
@require_GET
def start(request: PageRequest) -> HttpResponse:
    """Choose the account of a new entry: those whose names begin as typed, one's own first."""
    typed, verb = request.GET.get("q", "")[:100], "plan" if request.GET.get("verb") == "plan" else "log"
    rows = activities.loggable(request.user, typed) if typed.strip() else activities.mine(request.user)
    template = "activities/start_rows.html" if request.htmx.target == "start-rows" else "activities/start.html"
    return dialog(request, template, {"rows": rows, "verb": verb, "route": f"activities:{verb}", "typed": typed})


@needs(VIEW)
@require_GET
def show(request: PageRequest, activity: int) -> HttpResponse:
    """One entry with all that belongs to it."""
    return _shown(request, activity)


@needs(LOG)
@require_http_methods(["GET", "POST"])
def change(request: PageRequest, activity: int) -> HttpResponse:
    """Change an entry."""
    return _change(request, _mine(request, activity), written_up=False)


@needs(LOG)
@require_http_methods(["GET", "POST"])
def hold(request: PageRequest, activity: int) -> HttpResponse:
    """Write up a planned call that was held."""
    return _change(request, _mine(request, activity, planned=True), written_up=True)


@needs(LOG)
@require_POST
def delete(request: PageRequest, activity: int) -> HttpResponse:
    """Take an entry off the timeline, or call off what was planned."""
    row = _mine(request, activity)
    word = "is called off" if row.planned else "is deleted"
    return _carried_out(
        request, row, lambda at: actions.delete(row, actor=request.user, at=at), f"{row.subject} {word}.", "restore"
    )


@needs(LOG)
@require_POST
def restore(request: PageRequest, activity: int) -> HttpResponse:
    """Bring a deleted entry back."""
    seen = visible.accounts(request.user)
    row = get_object_or_404(Activity.objects.select_related("account").filter(account__in=seen, draft=False), pk=activity)
    return _carried_out(request, row, lambda at: actions.restore(row, actor=request.user, at=at), f"{row.subject} is back.")


@needs(LOG)
@require_POST
def undo(request: PageRequest, activity: int) -> HttpResponse:
    """Take back one's last change of an entry."""
    row = _mine(request, activity)
    return _carried_out(request, row, lambda at: actions.undo(row, actor=request.user, at=at), f"{row.subject} is as it was.")


@needs(LOG)
@require_POST
def draft(request: PageRequest, pk: int) -> HttpResponse:
    """Keep what is written so far; the answer says when."""
    account, now = editable(request, pk, LOG), timezone.now()
    of = activityform.number(request.GET.get("of", ""))
    if of is not None and not visible.activities(request.user).filter(pk=of, account=account).exists():
        raise Http404
    written = activityform.written(request.POST, account)
    kept = drafting.save(account, written, of=of, planned="planned" in request.GET, actor=request.user, at=now)
    return render(request, "activities/saved.html", {"saved": now if kept else None})


@needs(LOG)
@require_POST
def discard(request: PageRequest, activity: int) -> HttpResponse:
    """Throw a draft of one's own away."""
    row = get_object_or_404(
        visible.activities(request.user).select_related("account"), pk=activity, draft=True, owner=request.user
    )
    drafting.discard(row, actor=request.user, at=timezone.now())
    return done(request, back(request, row.account), "The draft is gone.")


@needs(VIEW)
@require_GET
def people(request: PageRequest, pk: int) -> HttpResponse:
    """People to name, as one types after an @."""
    return render(request, "comments/people.html", {"people": mentions.like(request.GET.get("q", "")[:100], find(request, pk))})


@needs(LOG)
@require_POST
def comment(request: PageRequest, activity: int) -> HttpResponse:
    """Say something about an entry."""
    row, text = seen(request, activity), request.POST.get("text", "")
    return do(request, activity, lambda: commenting.add(row, text, actor=request.user, at=timezone.now()), field="text")


@needs(LOG)
@require_POST
def uncomment(request: PageRequest, activity: int, comment: int) -> HttpResponse:
    """Take back one's own remark."""
    row = get_object_or_404(Comment, pk=comment, activity=seen(request, activity), author=request.user, deleted_at=None)
    return do(request, activity, lambda: commenting.delete(row, actor=request.user, at=timezone.now()))


# --- parts


def do(
    request: PageRequest, activity: int, act: Callable[[], object], told: str = "", undo: str = "", field: str = "file"
) -> HttpResponse:
    """Do something beside an entry and show it again; a refusal is shown in it and nothing is changed."""
    errors = {}
    try:
        act()
        if told:
            messages.success(request, told, extra_tags=undo)
    except Refused as refusal:
        errors = {field: refusal.sentence}
    if not request.htmx and not errors:
        return redirect("activities:show", activity=activity)
    return _shown(request, activity, errors)


def _shown(request: PageRequest, activity: int, errors: dict[str, str] | None = None) -> HttpResponse:
    card = activities.one(request.user, activity, timezone.now())
    if card is None:
        raise Http404
    return drawer(request, "activities/show.html", card.row.account, _card(card), errors)


def _card(card: activities.Card) -> dict[str, Any]:
    """What the drawer of an entry shows."""
    return {"c": card, "attach_types": ctaform.attach_types(), "deliveries": services.of_activity(card.row.pk)}


def seen(request: PageRequest, activity: int) -> Activity:
    """An entry that the reader sees."""
    return get_object_or_404(visible.activities(request.user).select_related("account", "owner"), pk=activity, draft=False)


def _mine(request: PageRequest, activity: int, planned: bool | None = None) -> Activity:
    """An entry that the reader may change: 404 where it isn't seen or isn't planned, 403 where it can only be read."""
    row = seen(request, activity)
    editable(request, row.account_id, LOG)
    if planned is not None and row.planned != planned:
        raise Http404
    return row


def _create(request: PageRequest, account: Account, *, planned: bool) -> HttpResponse:
    kept = drafting.of_author(account, request.user, planned=planned).order_by("pk").first()
    if request.method == "GET":
        asked = activityform.Asked(*(request.GET.get(name, "")[:40] for name in ("kind", "template", "cta", "step", "who")))
        values = (
            activityform.of_row(kept)
            if kept
            else activityform.blank(account, request.user, timezone.now(), request.today, asked, planned=planned)
        )
        return _form(request, account, values, planned=planned, kept=kept)
    try:
        row = _write(request, account, planned)
    except Refused as refusal:
        return _form(request, account, activityform.of_form(request.POST), planned=planned, errors=_errors(refusal))
    tasks = len(actions.task_ids(row))
    added = f" {tasks} task{'' if tasks == 1 else 's'} added." if tasks else ""
    text = f"{row.subject} {'is planned' if planned else 'is logged'}.{added}"
    return done(request, back(request, account), text, reverse("activities:delete", args=[row.pk]))


def _write(request: PageRequest, account: Account, planned: bool) -> Activity:
    """Write the entry, with what the customer said besides. Raises Refused."""
    fields = activityform.fields(request.POST, account, request.user)
    moment: dict[str, Any] = {"today": request.today, "actor": request.user, "at": timezone.now()}
    if planned:
        return actions.plan(account, fields, invite="invite" in request.POST, **moment)
    said = {"kind": request.POST.get("feedback_kind", ""), "text": request.POST.get("feedback", "")}
    heard = said if said["text"].strip() else None
    return calls.log(account, fields, said=heard, service=request.POST.get("service", ""), **moment)


def _change(request: PageRequest, row: Activity, *, written_up: bool) -> HttpResponse:
    account = find(request, row.account_id)
    kept = drafting.of_author(account, request.user, of=row.pk).order_by("pk").first()
    if request.method == "GET":
        return _form(
            request, account, activityform.of_row(kept or row), row=row, kept=kept, planned=row.planned and not written_up
        )
    moment: dict[str, Any] = {"today": request.today, "actor": request.user, "at": timezone.now()}
    invite = not written_up and row.planned and "invite" in request.POST
    try:
        fields = activityform.fields(request.POST, account, request.user, row)
        changed = (
            calls.hold(row, fields, service=request.POST.get("service", ""), **moment)
            if written_up
            else actions.update(row, fields, invite=invite, **moment)
        )
    except Refused as refusal:
        given = activityform.of_form(request.POST)
        return _form(request, account, given, row=row, planned=row.planned and not written_up, errors=_errors(refusal))
    said = (
        f"{row.subject} is {'logged' if written_up else 'saved'}." if changed else "Who takes part is invited." if invite else ""
    )
    return done(request, back(request, account), said, reverse("activities:undo", args=[row.pk]) if changed else "")


def _form(
    request: PageRequest, account: Account, values: dict[str, Any], *, planned: bool, row: Activity | None = None, kept: Activity | None = None,
    errors: dict[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    """The drawer with the form."""
    found = activityform.choices(account, request.user, request.today, values, planned=planned)
    writes_up = bool(row and row.planned and not planned)
    offered = services.offered(request.user, account, request.today) if writes_up or (row is None and not planned) else []
    if offered and "service" not in values:
        values["service"] = services.of_entry(offered, values["kind"], values["template"], values.get("rule", ""))
    query = "&".join([*([f"of={row.pk}"] if row else []), *(["planned"] if planned else [])])
    context = {
        "v": values, "o": found, "row": row, "kept": kept, "planned": planned, "writes_up": writes_up,
        "draft_url": f"{reverse('activities:draft', args=[account.pk])}?{query}", "me": request.user,
        "steps": [*values["steps"], *[("", request.user.pk, "")] * activityform.BLANK_STEPS],
        "may_invite": planned and (row is None or not row.series), "form_id": request.POST.get("form") or token_hex(8),
        "services": offered, "delivers": services.delivering(offered), "left": texts.left(f"{values['subject']} {values['body']}", handbook.pack()),
    }  # fmt: skip
    return drawer(request, FORM, account, context, errors)


def _errors(refusal: Refused) -> dict[str, str]:
    return {refusal.field or "form": refusal.sentence}


def _carried_out(request: PageRequest, row: Activity, act: Any, text: str, undo: str = "") -> HttpResponse:
    """Do something to an entry and say so, or say why not."""
    at: datetime = timezone.now()
    try:
        act(at)
    except Refused as refusal:
        return done(request, back(request, row.account), refusal.sentence)
    return done(request, back(request, row.account), text, reverse(f"activities:{undo}", args=[row.pk]) if undo else "")


def back(request: PageRequest, account: Account) -> str:
    """The page on which the drawer stood, else the account's timeline."""
    return stood(request, "activities") or reverse("account:section", args=[account.pk, "timeline"])
