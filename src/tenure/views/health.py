"""Whether Tenure works, for what watches it: no log-in, no figures."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from tenure.queries import events

BROKEN = "ok, but the log of events is broken: see Runs"  # it still serves: what balances load goes by the status


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """``ok`` when the database answers; a fault is the usual 500. Says so when the last check found the log of events broken."""
    return HttpResponse(BROKEN if events.broken() else "ok", content_type="text/plain")
