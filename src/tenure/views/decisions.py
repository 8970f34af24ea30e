"""Why: what a rule decided about an account, check by check, on a day."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from tenure.queries import handbook, visible
from tenure.queries import why as queries
from tenure.views.drawers import find
from tenure.views.shell import PageRequest, needs


@needs("decision.view")
def why(request: PageRequest, pk: int, rule: str) -> HttpResponse:
    """The drawer that answers why; a page of its own without htmx, plain text with ``format=text``."""
    account, pack = find(request, pk), handbook.pack()
    if not queries.rule_exists(rule, pack):
        raise Http404
    found = queries.why(account, rule, request.as_of, pack, request.today)
    if found and request.GET.get("format") == "text":
        return HttpResponse(found.text, content_type="text/plain; charset=utf-8")
    may = visible.rights_on(request.user, account) if not request.is_as_of else frozenset[str]()
    context = {
        "frame": "account/drawer.html" if request.htmx else "account/drawer_page.html",
        "account": account,
        "rule": rule,
        "why": found,
        "may_edit": "account.edit" in may,
        "may_override": "override.set" in may and rule in handbook.ACCOUNT_RULES,
    }
    return render(request, "decisions/why.html", context)
