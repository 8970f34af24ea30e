"""The brief of a customer as a page to read and print, as Markdown and as PDF."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.text import slugify

from tenure.actions.refusals import Refused
from tenure.links.files import pdf
from tenure.models import Account
from tenure.queries import account as accounts
from tenure.queries import handbook, profiles_brief
from tenure.queries.sections import Day
from tenure.views.drawers import find
from tenure.views.shell import PageRequest, needs

VIEW = "profile.view"
STYLES = ("vendor/inter/inter.css", "css/tokens.css", "css/profiles_brief.css")


@needs(VIEW)
def show(request: PageRequest, pk: int) -> HttpResponse:
    """The brief on a day; browsers print it on one or two pages."""
    return render(request, "profiles_brief/show.html", _brief(request, find(request, pk)))


@needs(VIEW)
def file(request: PageRequest, pk: int, form: str) -> HttpResponse:
    """The brief as a file: md or pdf; the page with a sentence where this server makes no PDF."""
    if form not in ("md", "pdf"):
        raise Http404
    account = find(request, pk)
    brief = _brief(request, account)
    if form == "md":
        return _download(account, profiles_brief.markdown(brief).encode(), "md", "text/markdown; charset=utf-8")
    try:
        made = pdf.of(render_to_string("profiles_brief/print.html", brief), STYLES)
    except Refused as refusal:
        return render(request, "profiles_brief/show.html", brief | {"problem": refusal.sentence}, status=503)
    return _download(account, made, "pdf", "application/pdf")


def _brief(request: PageRequest, account: Account) -> dict[str, Any]:
    day = Day(request.as_of, request.today, accounts.end_of(request.as_of))
    at = f"?as_of={request.as_of.isoformat()}" if request.is_as_of else ""
    brief = profiles_brief.of(request.user, account, day, handbook.pack())
    if not brief["p"].is_known:
        raise Http404
    return brief | {"at": at, "today": request.today, "as_of": request.as_of}


def _download(account: Account, body: bytes, form: str, kind: str) -> HttpResponse:
    name = f"{slugify(account.name) or 'account'}-brief.{form}"
    return HttpResponse(body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
