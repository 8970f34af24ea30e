"""The handbook for reading: its rules, one rule with its history, the values, the findings of the linter."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from tenure.queries import handbook, journeybook, rulebook, rulepage, visible, workbook
from tenure.rules.errors import PackError
from tenure.rules.lint import CODES
from tenure.rules.packs import Pack
from tenure.views.shell import PageRequest, needs


def _reads(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the company's pack; a pack that can't be read is shown with the reasons instead, one that isn't checked yet with a
    page that has it checked and then comes back."""

    def with_pack(request: PageRequest, /, **parts: str) -> HttpResponse:
        try:
            pack = handbook.pack()
        except PackError as error:
            return render(request, "handbook/unreadable.html", {"findings": error.findings}, status=503)
        if not workbook.is_checked(pack, request.today):
            return _again() if request.htmx else render(request, "handbook/checking.html", {"next": request.get_full_path()})
        return view(request, pack, **parts)

    guarded: Callable[..., HttpResponse] = wraps(view)(needs("handbook.view")(require_GET(with_pack)))
    guarded.capability = "handbook.view"  # type: ignore[attr-defined]
    return guarded


def _again() -> HttpResponse:
    """Has htmx load the page once more, as a whole."""
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


@needs("handbook.view")
@require_GET
def check(request: PageRequest) -> HttpResponse:
    """Check the handbook: asked for by a page that shows already that this is being done. Without htmx, back to the page that was wanted."""
    with suppress(PackError):  # the page says what is wrong
        workbook.check(handbook.pack(), request.today)
    to = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure())
    return _again() if request.htmx else redirect(to if is_ours and to.startswith("/") else "handbook:list")


@_reads
def list_(request: PageRequest, pack: Pack) -> HttpResponse:
    """Every rule by file, as it holds on the day."""
    text = request.GET.get("q", "").strip()[:100]
    groups = rulebook.listed(pack, request.as_of, request.today, text)
    found = rulebook.findings(pack, request.today)
    context = {"pack": pack, "groups": groups, "text": text, "found": found, "tab": "rules", "tries": len(rulebook.results(pack))}
    return render(request, "handbook/rows.html" if request.htmx.target == "rows" else "handbook/list.html", context)


@_reads
def rule(request: PageRequest, pack: Pack, name: str) -> HttpResponse:
    """One rule: the edition of the day, beside an earlier one if they differ, with all that stands behind it."""
    if name not in pack.rules:
        raise Http404
    given = request.GET
    page = rulepage.page(pack, name, request.as_of, request.today, left=given.get("from", ""), shown=given.get("to", ""))
    return render(request, "handbook/rule.html", {"pack": pack, "p": page, "rule": page.rule})


@_reads
def values(request: PageRequest, pack: Pack) -> HttpResponse:
    """Every dated value, as it holds on the day, with what it was and what it will be."""
    text = request.GET.get("q", "").strip()[:100]
    groups = rulebook.values(pack, request.as_of, text)
    context = {"pack": pack, "groups": groups, "text": text, "tab": "values", "found": rulebook.findings(pack, request.today)}
    return render(request, "handbook/values_rows.html" if request.htmx.target == "rows" else "handbook/values.html", context)


@_reads
def schedules(request: PageRequest, pack: Pack) -> HttpResponse:
    """Every schedule, as it holds on the day."""
    text = request.GET.get("q", "").strip()[:100]
    groups = workbook.schedules(pack, request.as_of, request.today, text)
    return _listed(request, pack, "schedules", groups, text)


@_reads
def schedule(request: PageRequest, pack: Pack, name: str) -> HttpResponse:
    """One schedule: its rows in words, what closes it, its examples and its history."""
    if name not in pack.schedules:
        raise Http404
    page = workbook.schedule(pack, name, request.as_of, request.today, request.GET.get("to", ""))
    return render(request, "handbook/schedule.html", {"pack": pack, "p": page, "rule": page.thing})


@_reads
def playbooks(request: PageRequest, pack: Pack) -> HttpResponse:
    """Every playbook, as it holds on the day."""
    text = request.GET.get("q", "").strip()[:100]
    groups = workbook.playbooks(pack, request.as_of, request.today, text)
    return _listed(request, pack, "playbooks", groups, text)


@_reads
def playbook(request: PageRequest, pack: Pack, name: str) -> HttpResponse:
    """One playbook: its steps in order, what raises it, its examples and its history."""
    if name not in pack.playbooks:
        raise Http404
    page = workbook.playbook(pack, name, request.as_of, request.today, request.GET.get("to", ""))
    may = visible.may(request.user, "playbook.apply") and not request.is_as_of
    return render(request, "handbook/playbook.html", {"pack": pack, "p": page, "rule": page.thing, "may_apply": may})


@_reads
def journey(request: PageRequest, pack: Pack) -> HttpResponse:
    """The way from the sale to value, as it holds on the day: matrix, hand-overs, stages, onboarding, profiles."""
    text = request.GET.get("q", "").strip()[:100]
    return _listed(request, pack, "journey", journeybook.sections(pack, request.as_of, text), text)


def _listed(request: PageRequest, pack: Pack, tab: str, groups: object, text: str) -> HttpResponse:
    context = {"pack": pack, "groups": groups, "text": text, "tab": tab, "found": rulebook.findings(pack, request.today)}
    return render(request, f"handbook/{tab}_rows.html" if request.htmx.target == "rows" else f"handbook/{tab}.html", context)


@_reads
def findings(request: PageRequest, pack: Pack) -> HttpResponse:
    """What the linter says: first what is open, then what somebody knows and accepts, with the reason."""
    found = rulebook.findings(pack, request.today)
    parts = [
        ("Open", [row for row in found if not row.acknowledged]),
        ("Known and accepted", [row for row in found if row.acknowledged]),
    ]
    context = {"pack": pack, "parts": parts, "tab": "findings", "found": found, "codes": CODES}
    return render(request, "handbook/findings.html", context)
