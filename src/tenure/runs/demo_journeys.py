"""What the demo company's people ticked in the responsibility matrix: most steps of the deals under way, a few forgotten, as in real life."""

from datetime import date, datetime, timedelta
from random import Random

from tenure.actions import journeys as actions
from tenure.actions.journeys import Ticked
from tenure.models import Account, Assignment
from tenure.queries import handbook, journeys
from tenure.queries.journeys import Deal
from tenure.rules.journey import MatrixShape, StepState
from tenure.runs import demo_numbers

DONE, WAIVED = 0.985, 0.04  # of the steps of a stage that was passed: done in time; of those by saying that it isn't needed
NOW = 0.5  # of the steps of the present stage
AFTER = timedelta(days=90)  # for how long after the sale anybody looks at a matrix
LATEST = 4  # days after a stage was reached within which its steps are done
NOTES = ("Their platform team has its own standard", "A small team: agreed on the phone", "Covered by the pilot of last year")


def tick(seed: int, day: date, at: datetime, first: bool = False) -> int:
    """Tick what people had done by a day; how many steps. Done before: nothing more. ``first``: the company's past begins, and what was sold long before
    was seen to."""
    pack = handbook.pack()
    matrix = pack.journey.matrix(day)
    if matrix is None:
        return 0
    ids = list(Account.objects.filter(deleted_at=None).order_by("pk").values_list("pk", flat=True))
    current = [deal for deal in journeys.current(journeys.deals(ids, day), pack, day).values() if _looked_at(deal, day, first)]
    cases, people = journeys.cases(current, day, pack), _people([deal.account for deal in current])
    before, found = demo_numbers.accounts(), []
    for deal in current:
        who = people.get(deal.account)
        for one in journeys.states(deal, cases[deal.pk], pack, day):
            chance = Random(f"{seed}:journey:{deal.account - before}:{deal.name}:{one.step.key}")
            if who is not None and (row := _ticked(matrix, deal, one, who, day, chance)):
                found.append(row)
    return actions.tick_past(found, at=at)


def _looked_at(deal: Deal, day: date, first: bool) -> bool:
    return deal.reached_on is not None and (first or not deal.won or deal.reached_on > day - AFTER)


def _ticked(matrix: MatrixShape, deal: Deal, one: StepState, who: int, day: date, chance: Random) -> Ticked | None:
    """The tick of one step, where somebody has made it by the day."""
    behind = matrix.rank(deal.stage) - matrix.rank(one.step.due_at)
    over = deal.won and deal.reached_on is not None and deal.reached_on <= day - AFTER
    share = DONE if behind > 0 or over else NOW if behind == 0 else 0.0
    if one.state in ("done", "waived") or deal.reached_on is None or chance.random() >= share:
        return None
    on = min(deal.reached_on + timedelta(days=chance.randrange(LATEST)), day)
    waived = chance.random() < WAIVED
    note = chance.choice(NOTES) if waived else ""
    return Ticked(
        deal.account,
        deal.pk,
        deal.name,
        one.step.key,
        f"{one.step.number}. {one.step.title}",
        "waived" if waived else "done",
        on,
        note,
        who,
    )


def _people(ids: list[int]) -> dict[int, int]:
    """Account -> who ticks: the account executive, else whoever is on the account."""
    rows = Assignment.objects.filter(account__in=ids, until_date=None).order_by("role", "-pk")
    found: dict[int, int] = {}
    for account, role, user in rows.values_list("account_id", "role", "user_id"):
        if account not in found or role == "account_executive":
            found[account] = user
    return found
