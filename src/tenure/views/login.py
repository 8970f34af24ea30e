"""Log-in, log-out, the second step, and setting a password by a link. allauth does the checking; the pages are ours."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import passwords as actions
from tenure.actions.refusals import Refused
from tenure.models import User
from tenure.queries import passwords

WRONG = "The mail address and the password don't fit."
TOO_MANY = "Too many tries. Wait five minutes, then try again."


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: an administrator makes users. A closed log-in answers like a wrong password."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": WRONG,
        "invalid_login": WRONG,
        "too_many_login_attempts": TOO_MANY,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Log-in and log-out need no toast."""

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """The right password of somebody who may not log in any more."""
        messages.error(request, "This log-in was closed. An administrator can open it again.")
        return redirect("login:show")


_enter = LoginView.as_view(template_name="login/show.html")
_verify = AuthenticateView.as_view(template_name="login/verify.html")


def _rendered(response: HttpResponse) -> HttpResponse:
    """After too many tries allauth answers with a page like any other: say so in the status as well."""
    form = (getattr(response, "context_data", None) or {}).get("form")
    if form is not None and TOO_MANY in [error for errors in form.errors.values() for error in errors]:
        response.status_code = 429
        response["Retry-After"] = "300"
    return response


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Mail address and password; on an empty installation the first-run page."""
    if not User.objects.exists():
        return redirect("setup:show")
    return _rendered(_enter(request))


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The second step: the code of the authenticator app, or a recovery code."""
    return _rendered(_verify(request))


@require_POST
def out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    logout(request)
    return redirect("login:show")


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Set a password by the link of an administrator; the link works once."""
    person, errors = passwords.person_of(uid, token), {}
    if person and request.method == "POST":
        word, again = request.POST.get("password", ""), request.POST.get("again", "")
        try:
            if word != again:
                raise Refused("The two differ.", field="again")
            actions.choose(person, word, at=timezone.now())
        except Refused as refusal:
            errors = {refusal.field: refusal.sentence}
        else:
            messages.success(request, "Password set. Log in with it.")
            return redirect("login:show")
    status = 200 if person else 410
    return render(request, "login/password.html", {"person": person, "errors": errors}, status=status)
