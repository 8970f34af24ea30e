"""Remarks in a CTA's drawer, and whom one could name in them."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import comments as actions
from tenure.models import Comment
from tenure.queries import mentions, visible
from tenure.views.ctas import EDIT, VIEW, do, moment
from tenure.views.shell import PageRequest, needs


@needs(EDIT)
@require_POST
def create(request: PageRequest, pk: int) -> HttpResponse:
    """Say something about a CTA."""
    text = request.POST.get("text", "")
    return do(request, pk, lambda card: actions.add(card.row, text, **moment(request)), tab="comments")


@needs(EDIT)
@require_POST
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change one's own remark."""
    row, text = find(request, pk), request.POST.get("text", "")
    return do(request, row.cta_id or 0, lambda card: actions.change(row, text, **moment(request)), tab="comments")


@needs(EDIT)
@require_POST
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Take back one's own remark; its place offers it again."""
    row = find(request, pk)
    return do(request, row.cta_id or 0, lambda card: actions.delete(row, **moment(request)), tab="comments")


@needs(EDIT)
@require_POST
def restore(request: PageRequest, pk: int) -> HttpResponse:
    """Bring a remark of one's own back."""
    row = find(request, pk)
    return do(request, row.cta_id or 0, lambda card: actions.restore(row, **moment(request)), tab="comments")


@needs(VIEW)
@require_GET
def people(request: PageRequest, pk: int) -> HttpResponse:
    """People to name, as one types after an @."""
    row = get_object_or_404(visible.ctas(request.user).select_related("account"), pk=pk)
    return render(request, "comments/people.html", {"people": mentions.like(request.GET.get("q", "")[:100], row.account)})


def find(request: PageRequest, pk: int) -> Comment:
    """One's own remark on a CTA that one sees."""
    row = Comment.objects.filter(pk=pk, author=request.user, cta__in=visible.ctas(request.user)).select_related("cta").first()
    if row is None:
        raise Http404
    return row
