"""The drawer by which a person sets an outcome in place of a rule's, and takes it back."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import overrides as actions
from tenure.actions.refusals import Refused
from tenure.models import Override
from tenure.queries import decisions, handbook
from tenure.views.drawers import day, done, drawer, editable
from tenure.views.shell import PageRequest, needs

SET = "override.set"


@needs(SET)
@require_http_methods(["GET", "POST"])
def create(request: PageRequest, pk: int, rule: str) -> HttpResponse:
    """Set an outcome by hand, with a reason and an end."""
    account, pack = editable(request, pk, SET), handbook.pack()
    if rule not in handbook.kept_rules(pack, request.today):
        raise Http404
    given = {name: request.POST.get(name, "") for name in ("outcome", "reason", "expires_on")}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            until = day(given["expires_on"]) or request.today
            row = actions.set(account, rule, given["outcome"], given["reason"], until, today=request.today, actor=request.user, at=timezone.now())
            url = reverse("account:section", args=[pk, "decisions"])
            return done(request, url, f"{pack.rule(rule).title} is {row.outcome}, set by you.", reverse("overrides:end", args=[pk, row.pk]))
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    held = decisions.overrides(pk, request.today, rule).get(rule)
    if request.method == "GET":
        given["expires_on"] = (held.expires_on if held else decisions.suggested_end(account.summary.renewal_date, request.today)).isoformat()
    outcomes = [(word, decisions.in_words(word, pack)) for word in handbook.outcomes(pack, rule)]
    context = {"rule": pack.rule(rule), "outcomes": outcomes, "given": given, "held": held}
    return drawer(request, "overrides/create.html", account, context, errors)


@needs(SET)
@require_POST
def end(request: PageRequest, pk: int, override: int) -> HttpResponse:
    """Take an override back: the rule decides again."""
    account = editable(request, pk, SET)
    row = get_object_or_404(Override, pk=override, account=account)
    url = reverse("account:section", args=[pk, "decisions"])
    try:
        actions.end(row, today=request.today, actor=request.user, at=timezone.now(), reason=request.POST.get("reason", ""))
    except Refused as refusal:
        return done(request, url, refusal.sentence)
    return done(request, url, "The rule decides again.")
