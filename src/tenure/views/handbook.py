"""The handbook for reading: its rules, one rule with its history, the values, the findings of the linter."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tenure.queries import handbook, rulebook, rulepage
from tenure.rules.errors import PackError
from tenure.rules.lint import CODES
from tenure.rules.packs import Pack
from tenure.views.shell import PageRequest, needs


def _reads(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the company's pack; a pack that can't be read is shown with the reasons instead."""

    def with_pack(request: PageRequest, /, **parts: str) -> HttpResponse:
        try:
            pack = handbook.pack()
        except PackError as error:
            return render(request, "handbook/unreadable.html", {"findings": error.findings}, status=503)
        return view(request, pack, **parts)

    guarded: Callable[..., HttpResponse] = wraps(view)(needs("handbook.view")(require_GET(with_pack)))
    guarded.capability = "handbook.view"  # type: ignore[attr-defined]
    return guarded


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
def findings(request: PageRequest, pack: Pack) -> HttpResponse:
    """What the linter says: first what is open, then what somebody knows and accepts, with the reason."""
    found = rulebook.findings(pack, request.today)
    parts = [
        ("Open", [row for row in found if not row.acknowledged]),
        ("Known and accepted", [row for row in found if row.acknowledged]),
    ]
    context = {"pack": pack, "parts": parts, "tab": "findings", "found": found, "codes": CODES}
    return render(request, "handbook/findings.html", context)
