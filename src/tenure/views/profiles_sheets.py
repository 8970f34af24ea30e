"""Data sheets of an account: making one with its link, ending the link, the sheet as a file, and reading an answered file."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import profiles_sheets as actions
from tenure.actions.refusals import Refused
from tenure.links.files import profiles as files
from tenure.models import Account, Contact, ProfileSheet
from tenure.queries import handbook, profiles_page
from tenure.queries.profiles_page import Line
from tenure.views import profilesform as form
from tenure.views.drawers import contact_given, dialog, done, drawer, editable, find
from tenure.views.shell import PageRequest, needs

VIEW, EDIT = "profile.view", "profile.edit"
DAYS = (7, 14, 30, 60, 90)
SHOWN = 50  # rows that couldn't be read


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def create(request: PageRequest, pk: int) -> HttpResponse:
    """Choose the questions and to whom they go; the link is shown once."""
    account, errors = editable(request, pk, EDIT), {}
    if request.method == "POST":
        try:
            sheet, token = _make(request, account)
            url = f"{settings.BASE_URL}{reverse('profiles_answers:show', args=[token])}"
            return drawer(request, "profiles_sheets/made.html", account, {"sheet": sheet, "url": url, "mailed": "mail" in request.POST, "back": _back(account, sheet)})  # fmt: skip
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    return drawer(request, "profiles_sheets/create.html", account, _choices(request, account), errors)


@needs(EDIT)
@require_POST
def revoke(request: PageRequest, pk: int, sheet: int) -> HttpResponse:
    """End a sheet's link; answers that came stay."""
    account, row = _find(request, pk, sheet)
    try:
        actions.revoke(row, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return done(request, _back(account, row), refusal.sentence)
    return done(request, _back(account, row), f"The link of {row.title} has ended.")


@needs(VIEW)
def file(request: PageRequest, pk: int, sheet: int, form: str) -> HttpResponse:
    """The questions as a file to be filled in."""
    account = find(request, pk)
    row = get_object_or_404(ProfileSheet, pk=sheet, account=account)
    if form not in ("csv", "xlsx", "md"):
        raise Http404
    intro = f"Questions to {account.name.rstrip('.')}. Write your answers below each question; leave the headings as they are."
    body = files.sheet(form, row.title, handbook.pack().profiles.of(row.fields, request.today), intro)
    name = f"{slugify(row.title) or 'data-sheet'}-{row.pk}.{form}"
    return HttpResponse(body, content_type=files.FORMS[form], headers={"Content-Disposition": f'attachment; filename="{name}"'})


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def read(request: PageRequest, pk: int, sheet: int) -> HttpResponse:
    """Read an answered file: good answers become proposals, of the others it tells what to mend."""
    (account, row), errors, told = _find(request, pk, sheet), {}, {}
    if request.method == "POST":
        try:
            told = {"found": _take(request, row), "most": SHOWN}
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    who = request.POST.get("from_name", row.contact.name if row.contact else "")
    data = {"sheet": row, "account": account, "who": who, "limit": files.LIMIT // 1024 // 1024, "back": _back(account, row)}
    return dialog(request, "profiles_sheets/read.html", data | told, errors)


# --- steps


def _find(request: PageRequest, pk: int, sheet: int) -> tuple[Account, ProfileSheet]:
    account = editable(request, pk, EDIT)
    return account, get_object_or_404(ProfileSheet.objects.select_related("account", "contact"), pk=sheet, account=account)


def _back(account: Account, row: ProfileSheet) -> str:
    return form.url_of(account, row.fields)


def _choices(request: PageRequest, account: Account) -> dict[str, Any]:
    """Every field by profile and group; chosen is what is missing or stale of the profile that one comes from (of both without) and isn't internal,
    or what was ticked."""
    pack, given = handbook.pack(), request.POST if request.method == "POST" else None
    found = profiles_page.frame(request.user, account, request.today, pack)
    books = [book for key in pack.profiles.shapes if (book := profiles_page.book(found, key))]
    asked = next((book.shape.key for book in books if book.shape.key == request.GET.get("profile")), "")
    chosen = (
        given.getlist("fields")
        if given is not None
        else [one.key for book in books for part in book.parts for one in part.lines if _wanted(one, asked)]
    )
    terms = pack.profiles.terms
    values = (
        given.dict()
        if given is not None
        else {"title": f"Questions to {account.name}"[:200], "days": str(terms.sheet_days if terms else 30)}
    )
    people = Contact.objects.filter(account=account, deleted_at=None).order_by("name", "pk")
    days = sorted({*DAYS, terms.sheet_days}) if terms else DAYS
    return {"books": books, "chosen": chosen, "v": values, "people": people, "days": days, "profile": asked}


def _wanted(line: Line, profile: str) -> bool:
    return profile in ("", line.field.profile) and (line.is_gap or line.is_stale) and not line.field.internal


def _make(request: PageRequest, account: Account) -> tuple[ProfileSheet, str]:
    """Carry out what was filled in. Raises Refused."""
    given = request.POST
    contact, days = contact_given(account, given.get("contact")), given.get("days", "")
    return actions.make(
        account, given.get("title", ""), given.getlist("fields"), today=request.today, actor=request.user, at=timezone.now(), contact=contact,
        address=given.get("address", ""), days=int(days) if days.isdecimal() and len(days) < 5 else 0, mail="mail" in given,
    )  # fmt: skip


def _take(request: PageRequest, row: ProfileSheet) -> actions.Taken:
    """What the uploaded file holds. Raises Refused."""
    upload = request.FILES.get("file")
    if upload is None:
        raise Refused("Choose the file.", "invalid", "file")
    name = Path(str(upload.name or "")).name
    if not name.lower().endswith((".csv", ".tsv", ".txt", ".xlsx", ".md", ".markdown")):
        raise Refused(f"{name} is neither CSV, XLSX nor Markdown.", "invalid", "file")
    files.check_size(upload.size or 0, name)
    with TemporaryDirectory(prefix="tenure-sheet-") as folder:
        path = Path(folder) / f"answers{Path(name).suffix.lower()}"
        with path.open("wb") as target:
            target.writelines(upload.chunks())
        lines = files.read(path, name, ("field", "answer"), asked=handbook.pack().profiles.of(row.fields))
    rows = [
        (line.number, line.cells.get("field", "").strip(), line.cells.get("answer", "")) for line in lines if not line.problem
    ]
    who = request.POST.get("from_name", "")
    found = actions.take(row, rows, from_name=who, today=request.today, actor=request.user, at=timezone.now())
    found.bad = sorted(
        [*found.bad, *(actions.Bad(line.number, "", line.problem) for line in lines if line.problem)], key=lambda one: one.row
    )
    return found
