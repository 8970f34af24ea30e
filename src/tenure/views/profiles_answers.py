"""The form that a customer fills in: at an address that nobody guesses, without log-in, session or anything but its questions."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tenure.actions import profiles_sheets as actions
from tenure.actions.refusals import Refused
from tenure.links.files.profiles import hint
from tenure.models import ProfileSheet
from tenure.queries import clock, handbook, profiles
from tenure.rules.profiles import ProfileField
from tenure.rules.profilesreading import PARTS, read_many
from tenure.views import errors, limits
from tenure.views.profilesform import LABELS


@csrf_exempt  # no cookie is set or read here: the address is the right, and no other site knows it
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The questions; what was sent is a proposal. An address that is unknown, over or taken back gets the same answer."""
    if not limits.allows(request, "answers", token):
        return errors.too_many(request)
    if request.method == "HEAD":  # mail servers try an address: nobody has opened it yet
        return HttpResponse(status=200 if profiles.open_sheet(token, timezone.now()) else 404)
    try:
        sheet = actions.mark_opened(token, at=timezone.now())
        if not _fields(sheet):
            return _answer(request, "gone", {}, 404)
        if request.method == "GET":
            return _page(request, sheet, sheet.draft, {})
        return _sent(request, token, sheet)
    except Refused as refusal:
        if refusal.code != "not_found":
            raise
        return _answer(request, "gone", {}, 404)


def _sent(request: HttpRequest, token: str, sheet: ProfileSheet) -> HttpResponse:
    """Send, or keep for later; nothing that was typed is lost. Raises Refused where the link has ended meanwhile."""
    given = {one.key: _text(one, request.POST) for one in _fields(sheet)}
    name, now = request.POST.get("from_name", ""), timezone.now()
    sheet = actions.keep(token, {**given, "from_name": name}, at=now)
    if "later" in request.POST:
        return _page(request, sheet, given, {}, name, kept=True)
    pack = handbook.pack()
    _, wrong = read_many(pack.profiles.fields, given, pack.handbook.currency, pack.digits)
    if not name.strip():
        wrong["from_name"] = "Say who you are."
    if not wrong:
        try:
            made = actions.answer(token, given, from_name=name, today=clock.day_of(now), at=now)
            return _answer(request, "thanks", {"sheet": sheet, "count": len(made)})
        except Refused as refusal:
            if refusal.code == "not_found":
                raise
            wrong[refusal.field or "form"] = refusal.sentence
    return _page(request, sheet, given, wrong, name)


def _page(
    request: HttpRequest,
    sheet: ProfileSheet,
    given: Mapping[str, str],
    wrong: Mapping[str, str],
    name: str = "",
    *,
    kept: bool = False,
) -> HttpResponse:
    questions = [_question(one, given.get(one.key, ""), wrong.get(one.key, "")) for one in _fields(sheet)]
    data = {
        "sheet": sheet, "company": sheet.account.name, "questions": questions, "wrong": wrong, "kept": kept,
        "name": name or (sheet.contact.name if sheet.contact else ""), "first": next(iter(wrong), ""), "currency": handbook.pack().handbook.currency,
    }  # fmt: skip
    return _answer(request, "show", data, 422 if wrong else 200)


def _question(one: ProfileField, text: str, error: str) -> dict[str, Any]:
    parts = {}
    if one.type == "contact":
        name, *rest = text.split(";")
        pairs = (part.partition(":") for part in rest)
        parts = {"name": name.strip(), **{label.strip(): said.strip() for label, _, said in pairs}}
    who = {part: (f"{one.key}-{part}", label, parts.get(part, "")) for part, label in LABELS.items() if part in PARTS}
    chosen = [word.strip() for word in text.split(";")]
    return {
        "field": one,
        "hint": hint(one),
        "text": parts.get("name", text),
        "chosen": chosen,
        "error": error.removeprefix(f"{one.title}: "),
        "mail": who.pop("email"),
        "more": list(who.values()),
        "told": any(said for *_, said in who.values()),
    }


def _text(one: ProfileField, given: Any) -> str:
    """What was filled in for a question, as text."""
    if one.type == "choices":
        return "; ".join(given.getlist(one.key))
    if one.type != "contact":
        return str(given.get(one.key, ""))
    name = given.get(one.key, "").strip()
    parts = [f"{part}: {said}" for part in PARTS if (said := given.get(f"{one.key}-{part}", "").replace(";", ",").strip())]
    return "; ".join([name.replace(";", ","), *parts]) if name or parts else ""


def _fields(sheet: ProfileSheet) -> list[ProfileField]:
    """What the handbook still asks of what the sheet asked."""
    return handbook.pack().profiles.of(sheet.fields, clock.day_of(timezone.now()))


def _answer(request: HttpRequest, name: str, data: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, f"profiles_answers/{name}.html", data, status=status)
    response["Referrer-Policy"] = "no-referrer"
    return response
