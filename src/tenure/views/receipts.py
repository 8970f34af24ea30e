"""The picture of one dot that tells of an opened mail: only where the handbook has it, and the mail says so."""

from base64 import b64decode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from tenure.actions import notices as actions
from tenure.queries import unsubscribe

DOT = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@require_GET
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The dot; 404 where receipts are off and for an address that we never made."""
    notice_id = unsubscribe.seen(token)
    if notice_id is None or not actions.receipts_on():
        raise Http404
    actions.mark_opened(notice_id, at=timezone.now())
    return HttpResponse(DOT, content_type="image/gif", headers={"Cache-Control": "no-store"})
