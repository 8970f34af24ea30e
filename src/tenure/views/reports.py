"""Reports: the portfolio by segment, gemstone, tier, region, product and TAM."""

import csv
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from tenure.actions import exports as exporting
from tenure.queries import handbook, money, reports, visible
from tenure.queries.cells import safe
from tenure.views import days, tags
from tenure.views.shell import PageRequest, address, needs


@needs("report.view")
@require_GET
@days.on_its_day
def portfolio(request: PageRequest) -> HttpResponse:
    """The portfolio report: charts beside the figures they show; every figure leads to its list."""
    pack = handbook.pack()
    report = reports.portfolio(request.user, request.as_of, pack, days.built(request))
    by = "accounts" if request.GET.get("by") == "accounts" else "arr"
    context = {
        "report": report, "by": by, "currency": pack.handbook.currency, "list_url": reverse("accounts:list"),
        "charts": {cut.key: _chart(cut, by, pack.handbook.currency) for cut in report.cuts},
        "may": {"export": visible.may(request.user, "account.export"), "add": visible.may(request.user, "import.run")},
        "import_url": address("imports:list"),
    }  # fmt: skip
    return render(request, "reports/portfolio.html", context)


def _chart(cut: reports.Cut, by: str, currency: str) -> list[dict[str, Any]]:
    """What a chart draws: for each bar its word, value, the value in words, and the address of its list."""
    url = reverse("accounts:list")
    return [
        {
            "label": bar.label, "value": bar.accounts if by == "accounts" else bar.arr, "url": f"{url}?{bar.query}",
            "shown": tags.count(bar.accounts) if by == "accounts" else tags.money_short(bar.arr, currency),
        }
        for bar in cut.bars
    ]  # fmt: skip


@needs("account.export")
@require_GET
@days.on_its_day
def export(request: PageRequest) -> HttpResponse:
    """The figures of the report as CSV."""
    pack = handbook.pack()
    report = reports.portfolio(request.user, request.as_of, pack, days.built(request))
    what = {
        "rows": sum(len(cut.bars) for cut in report.cuts),
        "query": "portfolio",
        "form": "csv",
        "day": request.as_of.isoformat(),
    }
    exporting.record("report", what, actor=request.user, at=timezone.now())
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="portfolio-{request.as_of.isoformat()}.csv"'
    writer, currency = csv.writer(answer), pack.handbook.currency
    writer.writerow(["By", "Value", "Accounts", f"ARR ({currency})"])
    for cut in report.cuts:
        for bar in cut.bars:
            writer.writerow([cut.title, safe(bar.label), bar.accounts, money.major(bar.arr, currency)])
    return answer
