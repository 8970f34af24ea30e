"""Reviews that managers hold: one person after the other, notes and next steps in place, signed off at the end; former ones to read."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tenure.actions import reviews as actions
from tenure.actions.merging import Clash
from tenure.actions.onboardings_owners import Given, Step
from tenure.actions.refusals import Refused
from tenure.models import ManagerReview, Onboarding, Task, User
from tenure.queries import handbook, onboardings, onboardings_bulk, reviews
from tenure.queries.reviews import HOLD, KINDS, Kind
from tenure.views.drawers import day, done
from tenure.views.shell import PageRequest, needs

SALT = "review-assignment"


@needs(HOLD)
@require_GET
def list_(request: PageRequest) -> HttpResponse:
    """The kinds of review with this period's and the former ones."""
    found = [
        (kind, reviews.current(request.user, kind.key, request.today), reviews.former(request.user, kind.key, request.today))
        for kind in KINDS.values()
    ]
    return render(request, "reviews/list.html", {"kinds": found, "period": reviews.period_of(request.today)})


@needs(HOLD)
@require_GET
def show(request: PageRequest, kind: str) -> HttpResponse:
    """This period's review: what it would go through until it is begun, then one step of it; all of them to print."""
    what, review = _kind(kind), reviews.current(request.user, kind, request.today)
    if review is None:
        context = {"kind": what, "steps": reviews.steps(request.user, None), "period": reviews.period_of(request.today)}
        return render(request, "reviews/begin.html", context)
    if review.signed_at:
        return _read(request, what, review)
    steps, asked = reviews.steps(request.user, review), request.GET.get("who", "")
    keys = [one.key for one in steps]
    key = asked if asked in (*keys, "all") else keys[0] if keys else ""
    place = keys.index(key) if key in keys else -1
    context = _context(request, what, review) | {
        "steps": steps, "key": key, "step": steps[place] if place >= 0 else None, "left": sum(one.count - one.looked for one in steps),
        "items": reviews.items(request.user, review, "" if key == "all" else key, request.today) if keys else [],
        "next": steps[place + 1] if 0 <= place < len(steps) - 1 else None, "looked": sum(one.looked for one in steps),
    }  # fmt: skip
    return render(request, "reviews/show.html", context)


@needs(HOLD)
@require_GET
def past(request: PageRequest, kind: str, pk: int) -> HttpResponse:
    """A review to read: what was said, and what came of it."""
    review = reviews.one(request.user, kind, pk)
    if review is None:
        raise Http404
    return _read(request, _kind(kind), review)


@needs(HOLD)
@require_POST
def start(request: PageRequest, kind: str) -> HttpResponse:
    """Begin this period's review."""
    _kind(kind)
    actions.start(kind, today=request.today, actor=request.user, at=timezone.now())
    return redirect("reviews:show", kind)


@needs(HOLD)
@require_POST
def note(request: PageRequest, kind: str, pk: int) -> HttpResponse:
    """Keep what is said of one, as it is written."""
    found = list[Clash]()

    def noting(review: ManagerReview, row: Onboarding) -> None:
        seen, text = request.POST.get("was-notes"), request.POST.get("notes", "")
        clash = actions.note(review, row, text, seen=seen, **_moment(request))
        found.extend([clash] if clash else [])

    return _do(request, kind, pk, noting, clashes=found)


@needs(HOLD)
@require_POST
def look(request: PageRequest, kind: str, pk: int) -> HttpResponse:
    """Mark one as looked at, or not."""
    looked = request.POST.get("looked") == "1"
    return _do(request, kind, pk, lambda review, row: actions.look(review, row, looked, **_moment(request)))


@needs(HOLD)
@require_POST
def assign(request: PageRequest, kind: str, pk: int) -> HttpResponse:
    """Give one to somebody, in place."""

    def giving(review: ManagerReview, row: Onboarding) -> str:
        owner = _person(request)
        if owner is None:
            raise Refused("Choose a person.", "invalid", "owner")
        given = actions.assign(review, row, owner, today=request.today, **_moment(request))
        if given.done:
            token = signing.dumps([[one.event, one.assignment] for one in given.done], salt=SALT)
            messages.success(
                request, _assigned(row, owner, given), extra_tags=reverse("reviews:unassign", args=[kind, pk, token])
            )
        return ""

    return _do(request, kind, pk, giving)


@needs(HOLD)
@require_POST
def unassign(request: PageRequest, kind: str, pk: int, token: str) -> HttpResponse:
    """Take an assigning back: of the onboarding, and of the account's TAM where it came with it."""
    try:
        steps = [Step(pk, *one) for one in signing.loads(token, salt=SALT, max_age=3600)]
    except signing.BadSignature as error:
        raise Http404 from error
    review, row = _current(request, kind), _row(request, pk)
    try:
        actions.unassign(review, row, steps, today=request.today, **_moment(request))
        text = "Taken back."
    except Refused as refusal:
        text = refusal.sentence
    return done(request, _here(request, kind), text)


def _assigned(row: Onboarding, owner: User, given: Given) -> str:
    """What was done, in words."""
    more = f" {owner.name} is the TAM of {row.account.name} now." if given.named else ""
    for tam in given.stays.values():
        more = f" {tam.name} stays the TAM of {row.account.name}."
    return f"{row.name} assigned to {owner.name}.{more}"


@needs(HOLD)
@require_POST
def step(request: PageRequest, kind: str, pk: int) -> HttpResponse:
    """A next step: a task for the owner, or for somebody else."""

    def adding(review: ManagerReview, row: Onboarding) -> None:
        given = request.POST
        if given.get("due") and day(given["due"]) is None:
            raise Refused("That is not a day.", "invalid", "due")
        made = actions.step(
            review, row, given.get("title", ""), owner=_person(request), due=day(given.get("due")), today=request.today, **_moment(request)
        )  # fmt: skip
        words = f"Task for {made.owner.name}." if made.owner else "Task added; nobody has it yet."
        messages.success(request, words, extra_tags=reverse("reviews:unstep", args=[kind, made.pk]))

    return _do(request, kind, pk, adding)


@needs(HOLD)
@require_POST
def unstep(request: PageRequest, kind: str, pk: int) -> HttpResponse:
    """Take a next step back."""
    review = _current(request, kind)
    task = get_object_or_404(Task.objects.select_related("cta").filter(review_items__review=review).distinct(), pk=pk)
    try:
        actions.take_back(review, task, **_moment(request))
        text = "The next step is taken back."
    except Refused as refusal:
        text = refusal.sentence
    return done(request, _here(request, kind), text)


@needs(HOLD)
@require_POST
def sign(request: PageRequest, kind: str) -> HttpResponse:
    """Sign this period's review off; it can be opened again within the period."""
    try:
        count = actions.sign(_current(request, kind), today=request.today, **_moment(request))
        messages.success(request, f"Signed off: {count} looked at.", extra_tags=reverse("reviews:reopen", args=[kind]))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("reviews:show", kind)


@needs(HOLD)
@require_POST
def reopen(request: PageRequest, kind: str) -> HttpResponse:
    """Open this period's review again."""
    try:
        actions.reopen(_current(request, kind), today=request.today, **_moment(request))
        messages.success(request, "The review is open again.")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("reviews:show", kind)


# --- steps


def _kind(key: str) -> Kind:
    if key not in KINDS:
        raise Http404
    return KINDS[key]


def _current(request: PageRequest, kind: str) -> ManagerReview:
    review = reviews.current(request.user, _kind(kind).key, request.today)
    if review is None:
        raise Http404
    return review


def _moment(request: PageRequest) -> dict[str, Any]:
    return {"actor": request.user, "at": timezone.now()}


def _row(request: PageRequest, pk: int) -> Onboarding:
    """The onboarding, if the reader may see it; 404 for everybody else."""
    row = onboardings.seen(request.user).select_related("account", "owner").filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _person(request: PageRequest) -> User | None:
    """The person of the form; None where none is chosen, or one who can't own it."""
    chosen = request.POST.get("owner", "")
    return next((one for one, _ in onboardings_bulk.people(request.user) if str(one.pk) == chosen), None)


def _context(request: PageRequest, kind: Kind, review: ManagerReview) -> dict[str, Any]:
    return {
        "kind": kind, "review": review, "currency": handbook.pack().handbook.currency,
        "people": [(str(one.pk), one.name, count) for one, count in onboardings_bulk.people(request.user)],
    }  # fmt: skip


def _read(request: PageRequest, kind: Kind, review: ManagerReview) -> HttpResponse:
    items = reviews.kept(request.user, review, request.today)
    may = review.signed_at is not None and review.period == reviews.period_of(request.today)
    return render(request, "reviews/past.html", _context(request, kind, review) | {"items": items, "may_reopen": may})


def _do(
    request: PageRequest, kind: str, pk: int, doing: Callable[[ManagerReview, Onboarding], object], clashes: list[Clash] | None = None
) -> HttpResponse:  # fmt: skip
    """Do it and show the item anew; a refusal stands in it and nothing is changed. One that has left the review leaves the page."""
    review, refusal = _current(request, kind), ""
    row = _row(request, pk)
    try:
        doing(review, row)
    except Refused as refused:
        if refused.code == "not_found":
            raise Http404 from refused
        refusal = refused.sentence
    if request.htmx:
        return _item(request, review, pk, refusal, clashes[0] if clashes else None)
    if refusal:
        messages.error(request, refusal)
    return redirect(_here(request, kind))


def _item(request: PageRequest, review: ManagerReview, pk: int, refusal: str, clash: Clash | None) -> HttpResponse:
    found = reviews.item(request.user, review, pk, request.today)
    if found is None:
        return HttpResponse()
    typed = request.POST if refusal else {}  # what was refused is still there to be put right
    context = _context(request, _kind(review.kind), review) | {"item": found, "refusal": refusal, "clash": clash, "typed": typed}
    return render(request, "reviews/item.html", context)


def _here(request: PageRequest, kind: str) -> str:
    """The page on which it was done."""
    path = request.htmx.current_url_abs_path if request.htmx else None
    return path or reverse("reviews:show", args=[kind])
