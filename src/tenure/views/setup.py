"""The first-run page: makes the administrator of an empty installation, and nothing else ever."""

from allauth.account.utils import perform_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tenure.actions import users as actions
from tenure.actions.refusals import Refused
from tenure.models import User


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Name, mail address and password of the first person; gone as soon as anybody exists."""
    if User.objects.exists():
        raise Http404
    errors: dict[str, str] = {}
    if request.method == "POST":
        given = {key: request.POST.get(key, "") for key in ("email", "name", "password")}
        try:
            user = actions.create_first(**given, at=timezone.now())
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
        else:
            response: HttpResponse = perform_login(request, user, email_verification="none", redirect_url="/")
            return response
    return render(request, "setup/show.html", {"errors": errors}, status=422 if errors else 200)
