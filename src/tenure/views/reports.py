"""Reports: the portfolio by segment, gemstone, tier, region, TAM and product."""

import csv

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tenure.actions import exports as exporting
from tenure.queries import exports, handbook, reports
from tenure.views.shell import PageRequest, needs


@needs("report.view")
def portfolio(request: PageRequest) -> HttpResponse:
    """The portfolio report: charts, and the same figures as tables that lead to their lists."""
    report = reports.portfolio(request.user, request.today, handbook.pack())
    charts = {
        cut.key: {"labels": [bar.label for bar in cut.bars], "arr": [bar.arr / 100 for bar in cut.bars], "count": [bar.accounts for bar in cut.bars]}
        for cut in report.cuts
    }
    return render(request, "reports/portfolio.html", {"report": report, "charts": charts})


@needs("account.export")
def export(request: PageRequest) -> HttpResponse:
    """The figures of the report as CSV."""
    report = reports.portfolio(request.user, request.today, handbook.pack())
    exporting.record("report", sum(len(cut.bars) for cut in report.cuts), "portfolio", "csv", actor=request.user, at=timezone.now())
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="portfolio-{request.today.isoformat()}.csv"'
    writer = csv.writer(answer)
    writer.writerow(["By", "Value", "Accounts", "ARR"])
    for cut in report.cuts:
        for bar in cut.bars:
            writer.writerow([cut.title, exports.safe(bar.label), bar.accounts, f"{bar.arr / 100:.2f}"])
    return answer
