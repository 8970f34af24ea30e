"""Whether Tenure works, for what watches it: no log-in, no figures."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from tenure.models import User


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """``ok`` when the database answers; a fault is the usual 500."""
    User.objects.exists()
    return HttpResponse("ok", content_type="text/plain")
