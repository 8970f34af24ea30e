"""The report of who has what to fill in customers' profiles; every figure leads to its accounts."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tenure.queries import profiles_report
from tenure.queries.profiles_report import Line
from tenure.views.shell import PageRequest, needs


@needs("report.view")
@require_GET
def show(request: PageRequest) -> HttpResponse:
    """By TAM or by owner, the least known first."""
    by = request.GET.get("by", "tam")
    by = by if by in profiles_report.BY else "tam"
    found = profiles_report.lines(request.user, by)
    base = reverse("accounts:list")
    cols = f"cols=name,{by},known,stale,gemstone,renewal"
    rows = [(line, f"{base}?{cols}&f={by}:{_whose(line)}") for line in found]
    data = {
        "rows": rows,
        "by": by,
        "choices": profiles_report.BY,
        "low": profiles_report.LOW,
        "accounts": sum(line.accounts for line in found),
    }
    return render(request, "profiles_report/show.html", data)


def _whose(line: Line) -> str:
    """What the list of accounts is asked for, so that it shows those of a line."""
    if line.person:
        return f"any:{line.person}"
    return f"empty&f=kind:is:{line.kind}" if line.kind else "empty"
