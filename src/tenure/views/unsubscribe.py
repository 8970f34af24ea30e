"""The link in every mail that stops mails of its kind: works without log-in, asks once. Mail programs may use it with one click."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tenure.actions import preferences as actions
from tenure.queries import handbook, preferences, unsubscribe
from tenure.queries.unsubscribe import Stop
from tenure.rules import notices as rules
from tenure.views import errors, limits

ONE_CLICK = "One-Click"  # what RFC 8058 has mail programs post


@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, then stop; the answer offers to take it back."""
    if not limits.allows(request, "mail_link"):
        return errors.too_many(request)
    asked, state = _read(token), "ask"
    if request.method == "POST":
        state = "resumed" if request.POST.get("resume") else "stopped"
        change = actions.resume if state == "resumed" else actions.stop
        change(asked, at=timezone.now())
    pack = handbook.pack()
    known = [preferences.title(pack, key) for key in unsubscribe.kinds(asked, pack)]
    context = {"asked": asked, "titles": known, "title": preferences.title(pack, asked.kind), "state": state, "token": token}
    context["fixed"] = not asked.period and not rules.kind(pack.notices, asked.kind).mutable
    return render(request, "unsubscribe/show.html", context)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def one_click(request: HttpRequest, token: str) -> HttpResponse:
    """A mail program stops them by itself (RFC 8058): it has no cookie, the signed address is its right. A person is led to the page."""
    if not limits.allows(request, "mail_link"):
        return errors.too_many(request)
    asked = _read(token)
    if request.method == "GET" or request.POST.get("List-Unsubscribe") != ONE_CLICK:
        return redirect("unsubscribe:show", token)
    actions.stop(asked, at=timezone.now())
    return HttpResponse("Unsubscribed.\n", content_type="text/plain")


def _read(token: str) -> Stop:
    asked = unsubscribe.read(token)
    if asked is None:
        raise Http404
    return asked
