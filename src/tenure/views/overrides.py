"""The drawer by which a person sets an outcome in place of a rule's, and takes it back."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import overrides as actions
from tenure.actions.refusals import Refused
from tenure.models import Account, Override
from tenure.queries import decisions, handbook
from tenure.views.drawers import day_or, done, drawer, editable
from tenure.views.shell import PageRequest, needs

SET = "override.set"


@needs(SET)
@require_http_methods(["GET", "POST"])
def create(request: PageRequest, pk: int, rule: str) -> HttpResponse:
    """Set an outcome by hand, with a reason and an end."""
    account = editable(request, pk, SET)
    if rule not in handbook.kept_rules(handbook.pack(), request.today):
        raise Http404
    if request.method == "GET":
        return _form(request, account, rule, {})
    given = request.POST.get
    try:
        until = day_or(given("expires_on"), request.today, "expires_on")
        row = actions.set(
            account,
            rule,
            given("outcome", ""),
            given("reason", ""),
            until,
            today=request.today,
            actor=request.user,
            at=timezone.now(),
        )
    except Refused as refusal:
        return _form(request, account, rule, {refusal.field or "form": refusal.sentence})
    told = f"{handbook.pack().rule(rule).title} is {row.outcome}, set by you."
    return done(request, _list(account), told, reverse("overrides:end", args=[pk, row.pk]))


@needs(SET)
@require_POST
def end(request: PageRequest, pk: int, override: int) -> HttpResponse:
    """Take an override back: the rule decides again."""
    account = editable(request, pk, SET)
    row = get_object_or_404(Override, pk=override, account=account)
    url = _list(account)
    try:
        actions.end(row, today=request.today, actor=request.user, at=timezone.now(), reason=request.POST.get("reason", ""))
    except Refused as refusal:
        return done(request, url, refusal.sentence)
    return done(request, url, "The rule decides again.")


def _form(request: PageRequest, account: Account, rule: str, errors: dict[str, str]) -> HttpResponse:
    pack = handbook.pack()
    held = decisions.overrides(account.pk, request.today, rule).get(rule)
    given = {name: request.POST.get(name, "") for name in ("outcome", "reason", "expires_on")}
    if not errors:
        end = held.expires_on if held else decisions.suggested_end(account.summary.renewal_date, request.today)
        given["expires_on"] = end.isoformat()
    outcomes = [(word, decisions.in_words(word, pack)) for word in handbook.outcomes(pack, rule)]
    context = {"rule": pack.rule(rule), "outcomes": outcomes, "given": given, "held": held}
    return drawer(request, "overrides/create.html", account, context, errors)


def _list(account: Account) -> str:
    return reverse("account:section", args=[account.pk, "decisions"])
