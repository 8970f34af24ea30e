"""The demo company as rows of a CRM, a billing system and a help desk: what an import would bring, wave by wave.

A wave is a day on which the company's exports were imported. ``rows`` gives what is new or different since the wave before. Pure: the
same arguments give the same rows, block by block, so that any number of accounts needs the memory of one block.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from tenure.runs import demo_lives, demo_seeds, demo_staff
from tenure.runs import demo_words as words
from tenure.runs.demo_deals import Deal, deals
from tenure.runs.demo_lives import Life
from tenure.runs.demo_staff import Person

Row = dict[str, Any]
NOUNS = ("account", "contact", "subscription", "opportunity", "opportunity_stage", "activity", "ticket", "onboarding")
# Up to so many accounts: the days before today on which the company's exports were imported, and for how many days before today
# closed deals still have their stages. A bigger company has less of a past: it is for trying out size, and each wave reads all of it.
SIZES = (
    (20_000, (720, 540, 360, 180, 90, 30, 9, 0), 3650),
    (200_000, (365, 90, 0), 365),
    (1_000_000, (0,), 0),
)
# Who gets a TAM in the demo company's CRM: its people's habit, not a rule. The handbook decides who should have one.
HABIT = {"large": 5_100_000, "huge": 5_100_000, "middle": 2_050_000, "small": 2_050_000}


@dataclass(frozen=True)
class Company:
    """What is asked for; everything else follows."""

    accounts: int
    seed: int
    today: date
    staff: dict[str, list[str]] = field(default_factory=dict, compare=False)  # (role + place key) -> refs
    known: dict[int, Life] = field(
        default_factory=dict, compare=False, repr=False
    )  # of a small company: each wave asks for all of them

    @classmethod
    def of(cls, accounts: int, seed: int, today: date) -> "Company":
        """A company with its staff listed by role and place."""
        shelves: dict[str, list[str]] = {}
        for person in demo_staff.people(accounts):
            for place in person.territories:
                shelves.setdefault(f"{person.role} {place}", []).append(person.ref)
        return cls(accounts, seed, today, shelves)

    @property
    def people(self) -> list[Person]:
        """The staff."""
        return demo_staff.people(self.accounts)

    @property
    def waves(self) -> list[date]:
        """The days of import, oldest first."""
        return [self.today - timedelta(days=days) for days in self._size[1]]

    @property
    def stages_since(self) -> date:
        """Deals that were closed by this day came in without their stages."""
        return self.today - timedelta(days=self._size[2])

    @property
    def _size(self) -> tuple[int, tuple[int, ...], int]:
        return next(size for size in SIZES if self.accounts <= size[0])

    def lives(self, start: int, stop: int) -> Iterator[Life]:
        """The lives of accounts ``start`` to ``stop - 1``."""
        for number in range(start, min(stop, self.accounts + 1)):
            yield self.life(number)

    def life(self, number: int) -> Life:
        """One life: the examples come first."""
        found = self.known.get(number)
        if found is None:
            seeds = number <= len(demo_seeds.EXAMPLES)
            found = demo_seeds.life(number, self.today) if seeds else demo_lives.life(number, self.seed, self.today)
            if self.accounts <= SIZES[0][0]:
                self.known[number] = found
        return found


def rows(company: Company, wave: int, start: int, stop: int) -> dict[str, list[Row]]:
    """Rows by noun for accounts ``start`` to ``stop - 1`` that wave number ``wave`` brings."""
    days = company.waves
    day, since = days[wave], days[wave - 1] if wave else None
    booked = dict(zip(days, [*days[1:], day], strict=True))
    found: dict[str, list[Row]] = {noun: [] for noun in NOUNS}
    for life in company.lives(start, stop):
        if life.joined > day:
            continue
        chance = Random(company.seed * 7_000_003 + life.number)
        open_deals = list(deals(life, company.today, chance))
        _differing(found["account"], lambda on: _account(company, life, on), day, since)  # noqa: B023 - called at once
        people = _contacts(life, chance)
        if since is None or life.joined > since:
            found["contact"] += people
        for term in life.terms:
            if since and _is_old(since, term.start, term.cancelled_on):
                continue
            _differing(found["subscription"], lambda on: _subscription(life, term, on, booked[on]), day, since)  # noqa: B023
        for deal in open_deals:
            if since and _is_old(since, deal.stages[-1][1]):
                continue
            _differing(found["opportunity"], lambda on: _opportunity(company, life, deal, on), day, since)  # noqa: B023
            for number in range(len(deal.stages) if since or deal.close_date > company.stages_since else 0):
                _differing(found["opportunity_stage"], lambda on: _stage(deal, number, on), day, since)  # noqa: B023
        found["activity"] += _activities(company, life, people, chance, day, since)
        found["ticket"] += _tickets(life, people, chance, day, since, company.today)
        owner = _tam(company, life, day) or _first(company, "account_manager", life)
        found["onboarding"] += demo_seeds.onboarded(life, day, since, owner)
    return found


def _is_old(since: date, *days: date | None) -> bool:
    """Whether nothing of it has happened after ``since``: then the rows of then still hold."""
    return all(day is None or day <= since for day in days)


def _differing(found: list[Row], row: Callable[[date], Row | None], day: date, since: date | None) -> None:
    """Add the row as of ``day`` unless it was the same as of ``since``."""
    now = row(day)
    if now is not None and (since is None or row(since) != now):
        found.append(now)


def _account(company: Company, life: Life, day: date) -> Row | None:
    if life.joined > day:
        return None
    parent = life.parent
    if parent is not None and company.life(parent).joined > day:
        parent = None
    first = min((term.start for term in life.terms), default=None)
    sizes, head = {life.size}, life
    while head.parent:  # a segment is that of the family
        head = company.life(head.parent)
        sizes.add(head.size)
    sales = "account_manager" if sizes <= {"small", "middle"} or life.segment == "Mid-Market" else "account_executive"
    return {
        "external_id": life.ref, "name": life.name, "parent_ref": f"A-{parent:06}" if parent else None, "kind": life.kind(day),
        "region": life.place.region, "territory": life.place.key, "country": life.country, "industry": life.industry,
        "website": f"https://{''.join(letter for letter in life.name.lower() if letter.isalnum())}.example", "currency": "USD",
        "employees": _grown(life, day), "potential_users": life.potential_users, "is_public_sector": life.public,
        "growth_opportunity": life.growth, "partner_owned": life.partner, "support_hold": life.on_hold,
        "community": life.community, "given_segment": life.segment, "iacv_minor": life.iacv_on(day),
        "customer_since": first if first and first <= day else None, "owner_ref": _first(company, sales, life),
        "tam_ref": _tam(company, life, day),
    }  # fmt: skip


def _grown(life: Life, day: date) -> int | None:
    """Employees as the CRM had them: in one account of six the number was brought up to date lately."""
    if not life.employees or life.employees < 0 or life.number % 6 or life.size == "seed":
        return life.employees
    return life.employees if (day.toordinal() // 200 + life.number) % 2 else max(1, life.employees * 9 // 10)


def _first(company: Company, role: str, life: Life) -> str | None:
    refs = company.staff.get(f"{role} {life.place.key}", [])
    return refs[life.number % len(refs)] if refs else None


def _tam(company: Company, life: Life, day: date) -> str | None:
    """Who the CRM names as TAM on a day; a handover in one account of eight, nobody yet for the latest and some forgotten ones."""
    refs = company.staff.get(f"tam {life.place.key}", [])
    if not refs or life.kind(day) != "customer":
        return None
    if life.tam_override is not None:
        return refs[0] if life.tam_override else None
    since = next((term.start for term in life.terms if life.arr_minor(term.start) >= HABIT[life.size]), None)
    if since is None or since + timedelta(days=35) > day:
        return None
    if life.number % 2 == 0 and since > company.today - timedelta(days=240):
        return None
    handed_over = life.number % 8 == 0 and day > company.today - timedelta(days=300 + life.number % 97)
    return refs[(life.number + handed_over) % len(refs)]


def _subscription(life: Life, term: demo_lives.Term, day: date, booked: date) -> Row | None:
    """A term that has begun, or a renewal that begins up to ``booked``, the day of the next export: it was agreed before the old term ended."""
    renews = any(other.end == term.start for other in life.terms)
    if term.start > (booked if renews else day) or life.gap == "billing":
        return None
    cancelled = term.cancelled_on if term.cancelled_on and term.cancelled_on <= day else None
    return {
        "external_id": term.number, "account_ref": life.ref, "number": term.number, "product": term.product, "hosted": term.hosted,
        "start_date": term.start, "end_date": term.end, "seats": None if life.gap == "seats" else term.seats, "unit_price_minor": term.unit_price_minor,
        "arr_minor": term.arr_minor, "currency": "USD", "auto_renew": term.auto_renew,
        "status": "cancelled" if cancelled else "active", "cancelled_on": cancelled,
    }  # fmt: skip


def _opportunity(company: Company, life: Life, deal: Deal, day: date) -> Row | None:
    stage = deal.stage(day)
    if not stage:
        return None
    return {
        "external_id": deal.ref, "account_ref": life.ref, "name": deal.title, "stage": stage, "kind": deal.kind,
        "amount_minor": deal.amount_minor, "iacv_minor": deal.iacv_minor, "currency": "USD", "close_date": deal.close_date,
        "owner_ref": _first(company, "account_executive", life), "is_closed": stage.startswith("closed"), "is_won": stage == "closed_won",
    }  # fmt: skip


def _stage(deal: Deal, number: int, day: date) -> Row | None:
    stage, since = deal.stages[number]
    if since > day:
        return None
    later = next((on for _, on in deal.stages[number + 1 :] if on <= day), None)
    return {
        "external_id": f"{deal.ref}:{number}", "opportunity_ref": deal.ref, "stage": stage, "amount_minor": deal.amount_minor,
        "close_date": deal.close_date, "from_at": moment(since), "until_at": moment(later) if later else None,
    }  # fmt: skip


def _contacts(life: Life, chance: Random) -> list[Row]:
    """One to six people; one in four lacks something that the handbook asks for."""
    made = []
    domain = "".join(letter for letter in life.name.lower() if letter.isalnum()) + ".example"
    jobs = chance.sample(words.JOBS, chance.randrange(1, 7))
    for number, (title, role) in enumerate(jobs):
        first, last = chance.choice(words.FIRST_NAMES), chance.choice(words.LAST_NAMES)
        gaps = {chance.choice(("title", "role", "email", "phone"))} if chance.random() < 0.25 else set()
        row = {
            "external_id": f"C-{life.number:06}-{number}", "account_ref": life.ref, "name": f"{first} {last}",
            "salutation": chance.choice(words.SALUTATIONS) if life.place.region == "APAC" and chance.random() < 0.7 else "",
            "title": title, "role": role, "email": f"{first}.{last}@{domain}".lower(), "phone": f"+1 555 01{chance.randrange(100):02}",
            "is_champion": role == "Champion", "is_decision_maker": role == "Decision maker",
            "is_licence_contact": role == "Administrator", "is_billing_contact": role == "Billing",
        }  # fmt: skip
        made.append(row | dict.fromkeys(gaps, ""))
    return made


def _activities(company: Company, life: Life, people: list[Row], chance: Random, day: date, since: date | None) -> list[Row]:
    """A few calls in the last months where there is a TAM."""
    tam = _tam(company, life, company.today)
    calls = chance.randrange(1, 5) if tam else chance.random() < 0.1
    made = []
    for number in range(int(calls)):
        on = company.today - timedelta(days=chance.randrange(1, 150))
        row = {
            "external_id": f"T-{life.number:06}-{number}", "account_ref": life.ref, "contact_ref": chance.choice(people)["external_id"],
            "owner_ref": tam or _first(company, "account_manager", life), "kind": chance.choice(("call", "meeting", "email")),
            "subject": chance.choice(words.CALL_SUBJECTS), "happened_at": moment(on, chance.randrange(7, 17)), "status": "Completed",
        }  # fmt: skip
        if life.joined <= on <= day and (since is None or on > since):
            made.append(row)
    return made


def _tickets(life: Life, people: list[Row], chance: Random, day: date, since: date | None, today: date) -> list[Row]:
    made = []
    for number in range(int(chance.random() ** 3 * 6)):
        opened = today - timedelta(days=chance.randrange(1, 300))
        open_days = chance.randrange(1, 25)
        closed = opened + timedelta(days=open_days)
        row = {
            "external_id": f"K-{life.number:06}-{number}", "account_ref": life.ref, "contact_ref": chance.choice(people)["external_id"],
            "subject": chance.choice(words.TICKET_SUBJECTS), "status": "solved" if closed <= today else "open",
            "priority": chance.choice(("low", "normal", "normal", "high", "urgent")), "opened_at": moment(opened, 9),
            "closed_at": moment(closed, 15) if closed <= today else None,
        }  # fmt: skip
        if life.joined <= opened <= day and (since is None or opened > since):
            made.append(row)
    return made


def moment(day: date, hour: int = 9) -> datetime:
    """That day at that hour, in UTC."""
    return datetime.combine(day, time(hour), tzinfo=UTC)
