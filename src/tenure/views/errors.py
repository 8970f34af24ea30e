"""Pages for what went wrong: no right, not there, broken, stale form, too large, too many tries."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

CUSTOMERS = ("/shared/", "/answers/")  # pages that customers see without log-in: nothing there leads into Tenure
FOR_CUSTOMERS = {
    "stale": ("Not saved", "This page was open too long, so nothing was changed. Open the link again and repeat the step."),
    "too_many": ("Please wait a minute", "This link was opened very often just now. Wait a minute, then open it again."),
    "too_large": ("That is too much", "Nothing was read or changed. Go back and write less at a time."),
}
NOTHING = (
    "There is nothing here",
    "The address isn't complete, or what stood here was taken away. Open the link that you were sent.",
)


def _page(request: HttpRequest, name: str, status: int, **more: int) -> HttpResponse:
    """A page inside the shell for somebody logged in, a bare one otherwise, one of their own for customers; for htmx only its words."""
    if request.path.startswith(CUSTOMERS):
        title, words = FOR_CUSTOMERS.get(name, NOTHING)
        return render(request, "profiles_answers/wrong.html", {"title": title, "words": words}, status=status)
    user = getattr(request, "user", None)
    frame = "base.html" if user is not None and user.is_authenticated and hasattr(request, "as_of") else "shell/bare.html"
    if request.headers.get("HX-Request") == "true":
        frame = "shell/part.html"
    return render(request, f"shell/{name}.html", {"frame": frame, **more}, status=status)


def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A page of Tenure for which the person has no right."""
    return _page(request, "denied", 403)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Not there, or not for this person: the same answer."""
    return _page(request, "missing", 404)


def invalid(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that can't be read."""
    return _page(request, "invalid", 400)


def broken(request: HttpRequest) -> HttpResponse:
    """A fault of Tenure. Reads nothing: the database may be the reason."""
    return HttpResponse(render_to_string("shell/broken.html", {"frame": "shell/bare.html"}), status=500)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old: nothing was changed."""
    return _page(request, "stale", 403)


def too_large(request: HttpRequest) -> HttpResponse:
    """A file or a form over the limit; for htmx a toast, so that what it would have changed stays."""
    limit = settings.MAX_ATTACHMENT_BYTES // 2**20
    if request.headers.get("HX-Request") != "true":
        return _page(request, "too_large", 413, attachment_mb=limit)
    response = render(request, "shell/too_large_toast.html", {"attachment_mb": limit}, status=413)
    response["HX-Retarget"], response["HX-Reswap"] = "#toasts", "innerHTML"
    return response


def too_many(request: HttpRequest) -> HttpResponse:
    """Over a rate limit."""
    response = _page(request, "too_many", 429)
    response["Retry-After"] = "60"
    return response
