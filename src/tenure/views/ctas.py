"""One call to action: its drawer, what is changed in it, and the dialogs that snooze, close and add."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import ctas as actions
from tenure.actions import ctas_carrying as carrying
from tenure.actions.ctas import Link
from tenure.actions.merging import Clash
from tenure.actions.refusals import Refused
from tenure.models import Cascade, CtaLink
from tenure.queries import cta_links, cta_types, ctas, ctas_history, engagements, handbook, sections, texts, visible
from tenure.queries.ctas import Card
from tenure.views import clashes, ctaform
from tenure.views.drawers import day, dialog
from tenure.views.shell import PageRequest, address, needs

VIEW, EDIT = "cta.view", "cta.edit"
TABS = {"tasks": "Tasks", "details": "Details", "timeline": "Timeline", "linked": "Linked", "comments": "Comments"}
CHANGED, RELOAD = "tenure:cta-changed", "tenure:cta-reload"  # events: for lists, and for an open drawer


@needs(VIEW)
@require_GET
def show(request: PageRequest, pk: int) -> HttpResponse:
    """A CTA in its drawer, beside a list or over a page; a page of its own without htmx; its card alone when that asks for itself."""
    card, tab = find(request, pk), _tab(request)
    if request.htmx and request.htmx.target == "cta":
        return render(request, "ctas/card.html", context(request, card, tab))
    frame = "page" if not request.htmx else "pane" if request.GET.get("beside") else "drawer"
    return render(request, "ctas/show.html", context(request, card, tab) | {"frame": f"ctas/{frame}.html"})


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def create(request: PageRequest) -> HttpResponse:
    """Add a CTA: from the cockpit, or from an account."""
    given = request.POST if request.method == "POST" else request.GET
    form = ctaform.read(given, request.user)
    if request.method == "GET":
        return dialog(request, "ctas/create.html", ctaform.context(form, request))
    try:
        made = ctaform.add(form, request.user, request.today, timezone.now())
    except Refused as refusal:
        errors = {refusal.field or "form": refusal.sentence}
        return dialog(request, "ctas/create.html", ctaform.context(form, request), errors)
    return finished(request, made.pk, f"{made.title} added.", opens=True)


@needs(EDIT)
@require_POST
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change fields in place: those that come with the request. What somebody else has changed meanwhile is shown beside it."""
    fields, seen, found = ctaform.fields(request.POST), ctaform.seen(request.POST), list[Clash]()

    def merging(card: Card) -> Cascade | None:
        merged = actions.merge(card.row, fields, seen, today=request.today, **moment(request))
        found.extend(merged.clashes)
        return merged.kept

    return do(request, pk, merging, clashing=found)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def snooze(request: PageRequest, pk: int) -> HttpResponse:
    """The dialog that asks until when and why, and doing it."""
    card, errors = find(request, pk), {}
    if request.method == "POST":
        try:
            until = day(request.POST.get("until"))
            if until is None:
                raise Refused("Choose a day.", "invalid", "until")
            kept = actions.snooze(card.row, until, request.POST.get("reason", ""), today=request.today, **moment(request))
            return finished(request, pk, f"{card.row.title} rests until {until.day} {until:%b}.", kept)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    data = {"c": card, "given": request.POST, "days": ctaform.days(request.today)}
    return dialog(request, "ctas/snooze.html", data, errors)


@needs(EDIT)
@require_POST
def wake(request: PageRequest, pk: int) -> HttpResponse:
    """End a snooze early."""
    return do(request, pk, lambda card: actions.wake(card.row, today=request.today, **moment(request)), "{} is back.")


@needs(EDIT)
@require_POST
def close(request: PageRequest, pk: int) -> HttpResponse:
    """Close with an outcome."""
    status, note, remind, own = (request.POST.get(name, "") for name in ("status", "note", "remind_on", "own"))

    def closing(card: Card) -> Cascade | None:
        if remind and day(remind) is None:
            raise Refused("That is not a day.", "invalid", "remind_on")
        return actions.close(card.row, status, note=note, remind_on=day(remind), skip_own=own == "skip", **moment(request))

    return do(request, pk, closing, "{} closed.")


@needs(EDIT)
@require_POST
def reopen(request: PageRequest, pk: int) -> HttpResponse:
    """Open a closed CTA again."""
    return do(request, pk, lambda card: actions.reopen(card.row, **moment(request)), "{} is open again.")


@needs(EDIT)
@require_POST
def link(request: PageRequest, pk: int) -> HttpResponse:
    """Say what the CTA is about: a thing of the account, or an address."""
    noun, _, number = request.POST.get("thing", "").partition(":")
    to = (
        Link(noun, int(number))
        if number.isdecimal() and len(number) < 19
        else Link("url", None, request.POST.get("title", ""), request.POST.get("url", ""))
    )
    return do(request, pk, lambda card: actions.link(card.row, to, **moment(request)), tab="linked")


@needs(EDIT)
@require_POST
def unlink(request: PageRequest, pk: int, link: int) -> HttpResponse:
    """Take a link away."""
    found = get_object_or_404(CtaLink, pk=link, cta__in=visible.ctas(request.user).filter(pk=pk))
    return do(request, pk, lambda card: actions.unlink(found, **moment(request)), tab="linked")


# --- what these pages share


def find(request: PageRequest, pk: int) -> Card:
    """The CTA, if the reader may see it; 404 for everybody else, whether it exists or not."""
    card = ctas.one(request.user, pk, request.today, _tab(request))
    if card is None:
        raise Http404
    return card


def moment(request: PageRequest) -> dict[str, Any]:
    """Who does it and when."""
    return {"actor": request.user, "at": timezone.now()}


def context(request: PageRequest, card: Card, tab: str) -> dict[str, Any]:
    """What the templates of a CTA's card need."""
    counts = {"tasks": f"{card.row.tasks_done} of {card.total}" if card.total else "", "linked": len(card.links) + len(card.attachments) or "",
              "comments": card.counts["comments"] or "", "timeline": card.counts["activities"] or ""}  # fmt: skip
    return {
        "c": card, "account": card.row.account, "tab": tab, "parts": [(key, title, counts.get(key, "")) for key, title in TABS.items()],
        "statuses": [one for one in cta_types.statuses(card.row.type) if one.open], "outcomes": cta_types.outcomes(card.row.type),
        "reasons": cta_types.reasons(card.row.type), "origin": ctas_history.origin(card.row) if tab == "details" else [],
        "rule_url": _rule_url(request, card) if tab == "details" else "", "things": cta_links.choices(card.row.account_id) if tab == "linked" and card.may_edit else [],
        "may_comment": visible.may(request.user, EDIT), "letter": texts.of_cta(card.row, handbook.pack()), "log_url": address("activities:log", card.row.account_id) if visible.may(request.user, "activity.log") else "",
        "currency": ctaform.currency(), "attach_types": ctaform.attach_types(), "crumb": _on_its_page(request, card.row.pk),
        **_opens(request, card, tab), "logs": cta_types.logs(card.row, request.today), "own": len(carrying.own([step.row for step in card.steps])),
    }  # fmt: skip


def _on_its_page(request: PageRequest, pk: int) -> bool:
    """Whether the card stands on the CTA's own page, whose heading says its title too."""
    path = request.htmx.current_url_abs_path if request.htmx else None
    return bool(path) and str(path).partition("?")[0] == reverse("ctas:show", args=[pk])


def _opens(request: PageRequest, card: Card, tab: str) -> dict[str, Any]:
    """Where on the account's page it is done, and which steps of its journey are meant."""
    (section, role), row = cta_types.opens(card.row, request.today), card.row
    if not section or tab != "tasks" or not row.is_open or not sections.may_read(request.user, section):
        return {}
    deal, gaps = engagements.gaps(row.account_id, role, request.today, handbook.pack()) if section == "journey" else ("", [])
    opens = (reverse("account:section", args=[row.account_id, section]), sections.TITLES[section])
    return {"opens": opens, "deal": deal, "gaps": gaps}


def _rule_url(request: PageRequest, card: Card) -> str:
    """The handbook's page of the schedule that raised it, blank where the reader has none."""
    known = card.row.rule in handbook.pack().schedules and visible.may(request.user, "handbook.view")
    return reverse("handbook:schedule", args=[card.row.rule]) if known else ""


def _tab(request: PageRequest) -> str:
    asked = request.POST.get("tab") or request.GET.get("tab", "")
    return asked if asked in TABS else "tasks"


Doing = Callable[[Card], object]


def do(
    request: PageRequest, pk: int, doing: Doing, told: str = "", tab: str = "", undo: str = "", clashing: Sequence[Clash] = ()
) -> HttpResponse:
    """Do it and show the card again, with a toast that takes it back; a refusal is shown in the card and nothing is changed.
    ``clashing``: what was left out because another person has changed it, once it is done."""
    card, refusal = find(request, pk), ""
    try:
        kept = doing(card)
        if told or isinstance(kept, Cascade):
            messages.success(request, (told or "{} saved.").format(card.row.title), extra_tags=undo or undo_of(kept))
    except Refused as refused:
        if refused.code == "not_found":
            raise Http404 from refused
        refusal = refused.sentence
    return again(request, pk, tab or _tab(request), refusal, clashing)


def again(request: PageRequest, pk: int, tab: str, refusal: str = "", clashing: Sequence[Clash] = ()) -> HttpResponse:
    """The card as it is now; without htmx its page."""
    if not request.htmx and not clashing:
        if refusal:
            messages.error(request, refusal)
        return redirect(f"{reverse('ctas:show', args=[pk])}?tab={tab}")
    card = ctas.one(request.user, pk, request.today, tab)
    if card is None:
        raise Http404
    shown = {"refusal": refusal, "clashes": clashes.shown(clashing, card.row), "frame": "ctas/page.html", "again": True}
    response = render(request, "ctas/card.html" if request.htmx else "ctas/show.html", context(request, card, tab) | shown)
    response["HX-Trigger"] = CHANGED
    return response


def finished(request: PageRequest, pk: int, text: str, kept: object = None, *, opens: bool = False) -> HttpResponse:
    """After a dialog: it closes, the drawer shows itself anew, lists are told; where the dialog was a page, the CTA's page.

    ``opens``: the toast leads to the CTA.
    """
    here = reverse("ctas:show", args=[pk])
    messages.success(request, text, extra_tags=f"open:{here}" if opens else undo_of(kept))
    if not request.htmx:
        return redirect(here)
    if request.htmx.current_url_abs_path and request.htmx.current_url_abs_path.partition("?")[0] == request.path:
        return HttpResponse(status=204, headers={"HX-Redirect": here})
    return changed()


def changed() -> HttpResponse:
    """Nothing to show: a dialog closes, lists and an open drawer show themselves anew."""
    return HttpResponse("", headers={"HX-Trigger": f"{CHANGED}, {RELOAD}"})


def undo_of(kept: object) -> str:
    """The address that takes a change back."""
    return reverse("cascades:undo", args=[kept.pk]) if isinstance(kept, Cascade) else ""
