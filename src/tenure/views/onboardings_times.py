"""The times that onboardings took: the page, its chart and its file."""

import csv
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from tenure.actions import exports as exporting
from tenure.queries import handbook, onboardings_times, saved_views
from tenure.queries.cells import safe
from tenure.queries.lists import State
from tenure.queries.onboardings_times import BY, Line, Report
from tenure.views import listing, onboardings_site
from tenure.views.drawers import day
from tenure.views.onboardings_list import EXPORT
from tenure.views.onboardings_site import LAYOUTS, VIEW, presets, state_of
from tenure.views.shell import PageRequest, needs

SITE, LIST = LAYOUTS["times"], LAYOUTS["list"]
WHOSE = {"new": "New customers", "existing": "Existing customers", "all": "All"}
WIDE, RIGHT, HIGH, LEFT, TOP, NEAR = 400, 346, 130, 30, 12, 13  # of the chart, in its own units


@needs(VIEW)
@require_GET
def times(request: PageRequest) -> HttpResponse:
    """Median, percentiles, distribution, split and trend; every number leads to its onboardings. htmx gets the part that changes."""
    state, by, edition, who = _asked(request)
    saved = list(saved_views.of(request.user, SITE.page))
    report = onboardings_times.report(request.user, state, request.today, by, edition, who)
    context = onboardings_site.frame(request, SITE, state, report.count)
    context |= listing.views(SITE, state, presets(request.user, request.today), saved, request.user)
    more = _more(by, edition, who)
    context |= {
        "report": report, "by": by, "cuts": [(key, title, _url(state, key, edition, who)) for key, title in BY.items()], "edition": edition,
        "who": who, "whose": [(key, title, _url(state, by, edition, key)) for key, title in WHOSE.items()], "chosen": _chosen(state),
        "editions": _editions(request.today), "charts": [(one, chart(report.trend, one.key, one.goal)) for one in report.times],
        "list_url": LIST.url("list"), "more": more, "highest": {one.key: max(bar.count for bar in one.bins) for one in report.times},
        "kept": [(name, value) for name, value in state.params() if name != "group"], "by_title": BY[by],
    }  # fmt: skip
    return onboardings_site.answer(request, SITE, state, context, more)


@needs(EXPORT)
@require_GET
def times_export(request: PageRequest) -> HttpResponse:
    """The figures as CSV: a line for each time and each TAM, gemstone, segment or quarter."""
    state, by, edition, who = _asked(request)
    report = onboardings_times.report(request.user, state, request.today, by, edition, who)
    said = {"rows": len(report.lines), "query": state.query(), "by": by, "who": who, "form": "csv"}
    exporting.record("onboarding_times", said, actor=request.user, at=timezone.now())
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="onboarding-times-{request.today.isoformat()}.csv"'
    writer = csv.writer(answer)
    heads = ["Onboardings", "Known", "Not known", "Median", "75th percentile", "90th percentile", "Goal", "Within the goal"]
    writer.writerow(["Time", "By definition of", "Customers", BY[by], *heads])
    writer.writerows(_rows(report, edition, WHOSE[who]))
    return answer


def _rows(report: Report, edition: date | None, whose: str) -> list[list[Any]]:
    since = edition.isoformat() if edition else "its own edition"
    whole = Line("All", report.count, {one.key: one.stat for one in report.times}, "", {})
    found = []
    for time in report.times:
        for line in (whole, *report.lines):
            stat = line.stats[time.key]
            marks = [stat.median, stat.p75, stat.p90, time.goal, stat.within]
            found.append([time.title, since, whose, safe(line.label), line.count, stat.known, stat.unknown, *marks])
    return found


def _asked(request: PageRequest) -> tuple[State, str, date | None, str]:
    """The list's state, how to split, whose definitions, and which customers; what can't be read is the usual. A filter on customers says which."""
    by, edition, who = request.GET.get("by", ""), day(request.GET.get("edition")), request.GET.get("who", "")
    first = onboardings_times.days_known(handbook.pack().onboarding)
    known = edition if edition and first and edition >= first[0] else None
    state = state_of(request.GET, request.today).change(group="")
    whose = "all" if _chosen(state) else who if who in WHOSE else "new"
    return state, by if by in BY else "owner", known, whose


def _chosen(state: State) -> bool:
    """Whether a filter says which customers."""
    return any(one.column.key == "customer" for group in state.filters for one in group)


def _more(by: str, edition: date | None, who: str) -> str:
    """What the page's address says beside the list's state."""
    return "&".join([f"by={by}", *([f"edition={edition}"] if edition else []), *([f"who={who}"] if who != "new" else [])])


def _url(state: State, by: str, edition: date | None, who: str) -> str:
    return SITE.url("list", f"{state.query() or 'view=all'}&{_more(by, edition, who)}")


def _editions(today: date) -> list[tuple[str, str]]:
    """The days from which other definitions held."""
    found = onboardings_times.days_known(handbook.pack().onboarding)
    return [(one.isoformat(), f"{one.day} {one:%b %Y}") for one in found if one <= today]


def chart(trend: Sequence[Line], key: str, goal: int | None) -> dict[str, Any]:
    """Points of the medians and of the 90th percentiles by quarter, in the chart's units; the goal's height; marks of the scale. The last median
    and the goal are written beside the plot, where no line runs."""
    lines = [line for line in trend if line.stats[key].median is not None]
    if len(lines) < 2:
        return {}
    most = max(1.0, *(line.stats[key].p90 or 0 for line in lines), float(goal or 0)) * 1.08
    step = (RIGHT - LEFT - 16) / (len(lines) - 1)

    def height(value: float) -> float:
        return round(TOP + (HIGH - TOP) * (1 - max(value, 0) / most), 1)

    spots: list[dict[str, Any]] = [
        {"x": round(LEFT + 8 + place * step, 1), "y": height(line.stats[key].median or 0), "y90": height(line.stats[key].p90 or 0), "line": line,
         "stat": line.stats[key], "quarter": line.label[-2:], "year": line.label[:-3] if place == 0 or lines[place - 1].label[:-3] != line.label[:-3] else ""}
        for place, line in enumerate(lines)
    ]  # fmt: skip
    last, aim = spots[-1]["y"], height(goal) if goal is not None else None
    apart = 0 if aim is None or abs(aim - last) >= NEAR else NEAR - abs(aim - last)
    return {
        "spots": spots, "median": " ".join(f"{one['x']},{one['y']}" for one in spots), "p90": " ".join(f"{one['x']},{one['y90']}" for one in spots),
        "goal": aim, "days": goal, "top": height(most / 1.08), "most": round(most / 1.08), "base": HIGH, "left": LEFT, "wide": WIDE, "right": RIGHT,
        "said": RIGHT + 6, "last": last, "last_stat": spots[-1]["stat"], "goal_at": aim and aim + (apart if aim > last else -apart),
    }  # fmt: skip
