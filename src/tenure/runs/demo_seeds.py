"""The seven example accounts of the handbook's gemstone table, as accounts 1 to 7 of the demo company.

Source: Technical Account Management, Example Accounts Categorised by Gemstone. ARR and iACV are ours, chosen so that tier and gemstone
come out as the table says wherever the rule can: no iACV makes The Crab Shack a Ruby (2,100 users are more than 1,000).
"""

from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from tenure.runs.demo_lives import YEAR, Life, Term
from tenure.runs.demo_staff import PLACES


class Example(NamedTuple):
    """One line of the table; money in whole dollars."""

    name: str
    place: str
    country: str
    industry: str
    segment: str
    product: str
    hosted: bool
    users: int
    potential_users: int
    seat_price: int
    iacv: int
    employees: int
    has_tam: bool
    gemstone: str


EXAMPLES = (
    Example("Homeworld Inc.", "emea-central", "DE", "Machinery", "Strategic", "Premium", False, 12_500, 12_500, 100, 1_250_000, 48_000, True, "Diamond"),
    Example("Beach City Corp.", "emea-central", "NL", "Travel", "Large", "Premium", False, 1_020, 4_000, 500, 400_000, 9_500, True, "Pearl"),
    Example("Funland Arcade", "emea-central", "AT", "Media", "Strategic", "Premium", False, 2_500, 5_000, 120, 300_000, 11_000, True, "Pearl"),
    Example("Le Hotel", "emea-south", "FR", "Travel", "Large", "Ultimate", True, 450, 500, 330, 148_500, 3_200, True, "Sapphire"),
    Example("The Crab Shack", "us-east-south", "US-FL", "Food", "Large", "Starter", False, 2_100, 4_100, 20, 42_000, 5_400, False, "Ruby"),
    Example("Buddwick Public Library", "us-east-north", "US-MA", "Public sector", "Strategic", "Ultimate", False, 25, 300, 1_188, 54_648, 900, False, "Ruby"),
    Example("Big Donut", "us-west-coast", "US-CA", "Food", "Mid-Market", "Starter", False, 500, 500, 36, 18_000, 1_400, False, "Quartz"),
)  # fmt: skip
# The onboardings that the CRM brings along: days from the first purchase to the start, and from there to the first call, first value and the end; the score.
ONBOARDED = {1: (4, 6, 21, 171, 5), 2: (7, 9, 26, 118, 4), 7: (2, 3, 12, 28, 4)}


def onboarded(life: Life, day: date, since: date | None, owner: str | None) -> list[dict[str, Any]]:
    """The onboarding of an example that the handbook begins none for, once it has ended by ``day`` and had not by ``since``."""
    if life.number not in ONBOARDED or life.size != "seed":
        return []
    wait, call, value, end, score = ONBOARDED[life.number]
    bought = life.terms[0].start
    start = bought + timedelta(days=wait)
    days = {"start_date": start, "first_reach_out": start + timedelta(days=call), "first_value": start + timedelta(days=value),
            "infrastructure_ready": start + timedelta(days=value), "finish_date": start + timedelta(days=end)}  # fmt: skip
    if days["finish_date"] > day or (since is not None and days["finish_date"] <= since):
        return []
    return [
        {
            "external_id": f"OB-{life.number:06}", "account_ref": life.ref, "name": f"{life.name}, {bought:%B %Y}", "status": "completed",
            "owner_ref": owner, "purchase_date": bought, "contract_date": bought, **days, "greenfield": life.number == 7, "survey_sent": True,
            "survey_received": True, "survey_score": score, "gemstone": EXAMPLES[life.number - 1].gemstone,
        }
    ]  # fmt: skip


def life(number: int, today: date) -> Life:
    """The life of example ``number`` (1 to 7): one product, renewed each year without a change."""
    example = EXAMPLES[number - 1]
    place = next(place for place in PLACES if place.key == example.place)
    first = today - timedelta(days=900 - 40 * number)
    made = Life(
        number, example.name, place, example.country, example.industry, "seed", number == 6, first - timedelta(days=60), example.employees,
        example.potential_users, Random(number), segment=example.segment, iacv_minor=example.iacv * 100, growth=False,
        tam_override="first" if example.has_tam else "",
    )  # fmt: skip
    start, turn = first, 1
    while start <= today:
        made.terms.append(
            Term(
                f"S-{number:06}-{turn}", example.product, example.hosted, start, start + timedelta(days=YEAR), example.users,
                example.seat_price * 100, True, "new_account" if turn == 1 else "renewal",
            )
        )  # fmt: skip
        start, turn = start + timedelta(days=YEAR), turn + 1
    return made
