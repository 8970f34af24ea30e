"""What customers say: one entry, recording it, and what becomes of it."""

from typing import Any

from django.core import signing
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import feedback as actions
from tenure.actions.refusals import Refused
from tenure.models import Account, Feedback
from tenure.queries import activity_kinds, feedback, visible
from tenure.views import feedback_list, listing
from tenure.views.activityform import number
from tenure.views.drawers import contact_given, day, day_given, done, drawer, editable, stood
from tenure.views.shell import PageRequest, needs

VIEW, EDIT = "activity.view", "feedback.edit"
FORM = "feedback/form.html"
SALT = "feedback"
TEXTS = ("kind", "text", "status", "issue_url")


@needs(VIEW)
@require_GET
def show(request: PageRequest, pk: int) -> HttpResponse:
    """One entry."""
    row = feedback.one(request.user, pk)
    if row is None:
        raise Http404
    may = visible.may_on(request.user, EDIT, row.account)
    return drawer(request, "feedback/show.html", row.account, {"row": row, "may_edit": may, **_words()})


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def create(request: PageRequest, pk: int) -> HttpResponse:
    """Record what a customer said; it can be taken back."""
    return _saved(request, editable(request, pk, EDIT), None)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change an entry."""
    row = _find(request, pk)
    return _saved(request, row.account, row)


@needs(EDIT)
@require_POST
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Take an entry off the list; it can be brought back."""
    row = _find(request, pk)
    actions.delete(row, actor=request.user, at=timezone.now())
    return done(request, back(request, row.account), "The feedback is deleted.", reverse("feedback:restore", args=[pk]))


@needs(EDIT)
@require_POST
def restore(request: PageRequest, pk: int) -> HttpResponse:
    """Bring a deleted entry back."""
    row = get_object_or_404(Feedback.objects.exclude(deleted_at=None).select_related("account"), pk=pk)
    account = editable(request, row.account_id, EDIT)
    actions.restore(row, actor=request.user, at=timezone.now())
    return done(request, back(request, account), "The feedback is back.")


@needs(EDIT)
@require_POST
def mark(request: PageRequest) -> HttpResponse:
    """Set the status of those that were chosen; it can be taken back."""
    status = request.POST.get("status", "")
    try:
        before = actions.mark_many(_chosen(request), status, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return done(request, _list(request), refusal.sentence)
    token = signing.dumps([before, status], salt=SALT, compress=True)
    words = f"{len(before)} marked: {actions.STATUSES[status].lower()}."
    return done(request, _list(request), words, reverse("feedback:unmark", args=[token]) if before else "")


@needs(EDIT)
@require_POST
def unmark(request: PageRequest, token: str) -> HttpResponse:
    """Take back what ``mark`` did, where nobody has changed it since."""
    try:
        before, status = signing.loads(token, salt=SALT, max_age=3600)
    except signing.BadSignature as error:
        raise Http404 from error
    same = visible.feedback(request.user).filter(pk__in=before, status=status).values_list("pk", flat=True)
    back_to = {pk: before[str(pk)] for pk in same}
    changed = actions.mark_each(back_to, actor=request.user, at=timezone.now())
    return done(request, _list(request), f"{len(changed)} as before.")


# --- parts


def _find(request: PageRequest, pk: int) -> Feedback:
    """An entry that the reader may change."""
    row = feedback.one(request.user, pk)
    if row is None:
        raise Http404
    editable(request, row.account_id, EDIT)
    return row


def _saved(request: PageRequest, account: Account, row: Feedback | None) -> HttpResponse:
    if request.method == "GET":
        return _form(request, account, row, {})
    moment: dict[str, Any] = {"today": request.today, "actor": request.user, "at": timezone.now()}
    try:
        given = _given(request, account)
        made = row or actions.create(account, given, **moment)
        changed = row is None or actions.update(row, given, **moment)
    except Refused as refusal:
        return _form(request, account, row, {refusal.field or "form": refusal.sentence})
    undo = "" if row else reverse("feedback:delete", args=[made.pk])
    url = stood(request, "feedback") or reverse("feedback:show", args=[made.pk])
    return done(request, url, "The feedback is saved." if changed else "", undo)


def _given(request: PageRequest, account: Account) -> dict[str, Any]:
    form = request.POST
    found: dict[str, Any] = {name: form[name] for name in TEXTS if name in form}
    contact, given_on = contact_given(account, form.get("contact")), day_given(form.get("given_on"), "given_on")
    return found | {"labels": form.getlist("label"), "given_on": given_on, "contact": contact}


def _form(request: PageRequest, account: Account, row: Feedback | None, errors: dict[str, str]) -> HttpResponse:
    form = request.POST
    values: dict[str, Any] = {name: getattr(row, name) if row else "" for name in TEXTS}
    values |= {
        "labels": row.labels if row else [],
        "contact": row.contact_id if row else None,
        "given_on": row.given_on if row else request.today,
    }
    if errors:
        values = {
            **{name: form.get(name, "") for name in TEXTS},
            "labels": form.getlist("label"),
            "contact": number(form.get("contact", "")),
            "given_on": day(form.get("given_on")),
        }
    contacts = account.contacts.filter(deleted_at=None).order_by("name", "pk")
    return drawer(request, FORM, account, {"row": row, "v": values, "contacts": contacts, **_words()}, errors)


def _words() -> dict[str, Any]:
    return {"kinds": activity_kinds.feedback_kinds(), "labels": activity_kinds.feedback_labels(), "statuses": actions.STATUSES}


def back(request: PageRequest, account: Account) -> str:
    """The page on which the drawer stood, else the account's timeline."""
    return stood(request, "feedback") or reverse("account:section", args=[account.pk, "timeline"])


def _chosen(request: PageRequest) -> list[int]:
    """Ids of the ticked rows, or of every row that the list holds."""
    if not request.POST.get("all"):
        return listing.numbers(request.POST.getlist("id"))
    state = feedback_list.state_of(QueryDict(request.POST.get("query", "")))
    return list(feedback.matching(request.user, state, request.today).values_list("pk", flat=True)[: actions.MOST + 1])


def _list(request: PageRequest) -> str:
    query = request.POST.get("query", "")
    return reverse("feedback:list") + (f"?{query}" if query else "")
