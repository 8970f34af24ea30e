"""Working times and absences of the demo company's TAMs, so that the hours of the coming weeks are not all the same: in each team one person has
too little time in a week, one is nearly full, one is away and has a deputy."""

from datetime import date, datetime, timedelta

from tenure.actions import absences, working_times
from tenure.models import Absence, CapacityPlan, User
from tenure.queries import capacity_weeks, handbook
from tenure.queries.capacity_weeks import Row
from tenure.rules.capacity import monday, weeks

WEEK, AHEAD = timedelta(days=7), 5  # coming weeks that are looked at
LEAST = 8 * 60  # minutes of work in the fullest week: of less nobody is short
OVER, NEAR = 1.12, 0.93  # share of a week that the two are to have planned
HOUR, A_DAY = 60, 6 * 60
SINCE = timedelta(days=120)  # before today they began to work less


def arrange(plan: CapacityPlan, today: date, at: datetime) -> None:
    """Do it once, for the hours as they are planned: a repeat finds the absences and leaves."""
    if Absence.objects.exists():
        return
    pack, coming = handbook.pack(), weeks(monday(today) + WEEK, AHEAD)
    for manager in User.objects.filter(reports__is_active=True).distinct().order_by("pk"):
        team = list(manager.reports.filter(is_active=True, roles__role="tam").order_by("pk"))
        rows = sorted(capacity_weeks.rows(team, plan, coming, pack), key=lambda row: -_most(row)) if team else []
        part_time = [_work_less(row, share, today - SINCE, at) for row, share in zip(rows, (OVER, NEAR), strict=False)]
        _away([user for user in team if user not in part_time], today, at)


def _most(row: Row) -> int:
    return max(cell.minutes for cell in row.cells)


def _work_less(row: Row, share: float, since: date, at: datetime) -> User | None:
    """Part-time in full hours, so that the fullest week is about that full; who that is, None where there is too little work."""
    fullest = max(row.cells, key=lambda cell: cell.minutes)
    if row.user is None or fullest.minutes < LEAST or not fullest.time.plannable:
        return None
    plannable = fullest.time.plannable / fullest.time.minutes
    minutes = int(fullest.minutes / plannable / share / HOUR) * HOUR
    if not 0 < minutes < fullest.time.minutes:
        return None
    days = "12345"[: max(1, -(-minutes // A_DAY))]
    working_times.put(row.user, working_times.Given(since, minutes, days), actor=None, at=at)
    return row.user


def _away(team: list[User], today: date, at: datetime) -> None:
    """The first of a team goes on leave for a week and a half, the next one stands in; another one is at a training for two days."""
    if len(team) < 2:
        return
    first = monday(today) + 2 * WEEK + timedelta(days=2)
    leave = absences.Given(first, first + timedelta(days=8), "leave", "", team[1].pk)
    absences.create(team[0], leave, actor=None, at=at)
    begin = monday(today) + WEEK + timedelta(days=1)
    absences.create(team[-1], absences.Given(begin, begin + timedelta(days=1), "training", "", None), actor=None, at=at)
