"""One demo account's life over the last years, from its number and the seed alone: the same number gives the same life.

Nothing here decides anything about customers: the figures only make a believable company, and the handbook judges it.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from tenure.runs import demo_words as words
from tenure.runs.demo_staff import PLACES, Place

YEAR = 365
HISTORY_DAYS = 730
# size: share of accounts, employees from-to, share of employees who could use the product
SIZES = {
    "small": (42, 8, 100, 0.5),
    "middle": (35, 101, 2000, 0.25),
    "large": (18, 2001, 20_000, 0.15),
    "huge": (5, 20_001, 120_000, 0.12),
}
# product on one's own servers, hosted name, dollars per seat and year, share by size
PRODUCTS = (("Starter", "Bronze", 48), ("Premium", "Silver", 228), ("Ultimate", "Gold", 1188))
MOST_SEATS = (9000, 6000, 1600)  # of a first purchase, by product
PRODUCT_SHARES = {"small": (60, 35, 5), "middle": (38, 48, 14), "large": (22, 52, 26), "huge": (10, 52, 38)}
SUPPORT = "Priority Support"  # sold on top of Starter
PLACE_SHARES = (9, 12, 9, 12, 8, 7, 14, 4, 7, 7, 6, 5)


@dataclass(frozen=True)
class Term:
    """A subscription's term [start, end); ``cancelled_on`` ends it early."""

    number: str
    product: str
    hosted: bool
    start: date
    end: date
    seats: int
    unit_price_minor: int
    auto_renew: bool
    kind: str  # new_account | renewal | add_on | new_subscription
    cancelled_on: date | None = None

    @property
    def arr_minor(self) -> int:
        """Seats times price."""
        return self.seats * self.unit_price_minor

    def active(self, day: date) -> bool:
        """Whether it runs on that day."""
        return self.start <= day < self.end and (self.cancelled_on is None or self.cancelled_on > day)


@dataclass
class Life:
    """What is true of one account. ``joined`` is the day from which the CRM knows it; ``chance`` goes on for its details."""

    number: int
    name: str
    place: Place
    country: str
    industry: str
    size: str
    public: bool
    joined: date
    employees: int | None
    potential_users: int | None
    chance: Random
    parent: int | None = None
    segment: str = ""
    iacv_minor: int | None = None  # a seed account's, the same on every day
    no_iacv: bool = False  # nobody filled it in
    growth: bool | None = None
    partner: bool = False
    on_hold: bool | None = False
    community: bool | None = False
    tam_override: str | None = None  # a seed account's TAM: a person's number, or "" for none
    terms: list[Term] = field(default_factory=list)
    lost: bool = False  # the last term was not renewed

    @property
    def ref(self) -> str:
        """The account's id in the demo company's CRM."""
        return f"A-{self.number:06}"

    @property
    def gap(self) -> str:
        """What is missing of one account in thirty, so that rules stay undecided: "seats" of its subscriptions, or all of "billing"."""
        return {13: "seats", 43: "billing"}.get(self.number % 60, "")

    def arr_minor(self, day: date) -> int:
        """ARR on a day."""
        return sum(term.arr_minor for term in self.terms if term.active(day))

    def iacv_on(self, day: date) -> int | None:
        """What the account had brought by a day: its best term so far; None before the first purchase and where nobody filled it in."""
        if self.iacv_minor is not None:
            return self.iacv_minor
        return None if self.no_iacv else max((term.arr_minor for term in self.terms if term.start <= day), default=None)

    def kind(self, day: date) -> str:
        """Customer, prospect or former customer on a day."""
        if any(term.active(day) for term in self.terms):
            return "customer"
        return "former" if any(term.end <= day or term.cancelled_on for term in self.terms if term.start <= day) else "prospect"


def life(number: int, seed: int, today: date) -> Life:
    """The life of account ``number`` (from 1)."""
    chance = Random(seed * 1_000_003 + number)
    place = chance.choices(PLACES, PLACE_SHARES)[0]
    leader = number % 40 == 0
    size = chance.choice(("large", "huge")) if leader else chance.choices(list(SIZES), [row[0] for row in SIZES.values()])[0]
    country, public = chance.choice(place.countries), chance.random() < 0.06
    trade = chance.choice(words.PUBLIC if public else list(words.TRADES))
    made = Life(
        number, words.company(number + seed * 31, trade, "" if public else country), place, country,
        "Public sector" if public else words.TRADES[trade], size, public, today, None, None, chance,
    )  # fmt: skip
    _measure(made)
    _buy(made, today)
    made.parent = _parent(number, chance)
    return made


def _parent(number: int, chance: Random) -> int | None:
    """Families: every fortieth account is a group's head, some of the next ones belong to it, and a few to its tenth."""
    place, head = number % 40, number - number % 40
    if head == 0 or place == 0:
        return None
    if 11 <= place <= 14:
        return head + 10 if chance.random() < 0.3 else None
    return head if place == 10 or chance.random() < 0.1 else None


def _measure(made: Life) -> None:
    """Employees and potential users; a few are unknown, as in every CRM."""
    chance, (_, low, high, share) = made.chance, SIZES[made.size]
    employees = int(low * (high / low) ** chance.random())
    users = max(3, int(employees * share * (0.5 + chance.random())))
    made.employees = None if chance.random() < 0.04 else -1 if chance.random() < 0.02 else employees
    made.potential_users = None if chance.random() < 0.07 else users
    made.growth = None if chance.random() < 0.12 else chance.random() < 0.25
    made.partner = chance.random() < 0.08
    made.on_hold = None if chance.random() < 0.03 else chance.random() < 0.02
    made.community = None if chance.random() < 0.03 else chance.random() < 0.02


def _buy(made: Life, today: date) -> None:
    """Terms of a year, each renewed with more, as many or fewer seats, or not at all; some never buy."""
    chance = made.chance
    if chance.random() < 0.07:
        made.joined = today - timedelta(days=chance.randrange(10, 400))
        return
    old = chance.random() < 0.62
    first = today - timedelta(
        days=chance.randrange(HISTORY_DAYS, HISTORY_DAYS + 4 * YEAR) if old else chance.randrange(3, HISTORY_DAYS)
    )
    made.joined = first - timedelta(days=chance.randrange(20, 160))
    tier = chance.choices(range(3), PRODUCT_SHARES[made.size])[0]
    hosted = chance.random() < 0.35
    seats = min(MOST_SEATS[tier], max(3, int((made.potential_users or 60) * (0.1 + 0.5 * chance.random()))))
    discount = 0.55 + 0.4 * chance.random()
    start, turn = first, 1
    while start <= today:
        term = _term(made, turn, tier, hosted, seats, discount, start)
        made.terms.append(term)
        if chance.random() < 0.12:
            made.terms.append(_add_on(made, term))
        fate = chance.random()
        if fate < 0.07:
            made.lost = term.end <= today
            break
        seats = max(
            3, int(seats * (1.1 + 0.5 * chance.random() if fate > 0.66 else 0.6 + 0.35 * chance.random() if fate < 0.22 else 1))
        )
        tier = min(2, tier + (chance.random() < 0.08))
        start, turn = term.end, turn + 1
    made.terms = [term for term in made.terms if term.end > today - timedelta(days=HISTORY_DAYS) and term.start <= today]
    _begin_with_the_first(made, first)
    _cancel(made, today)
    made.no_iacv = chance.random() < 0.06


def _begin_with_the_first(made: Life, first: date) -> None:
    """Make the oldest term that is still told of the account's first purchase; the CRM met it shortly before."""
    if not made.terms:
        return
    oldest = made.terms[0]
    before = int(oldest.number.rpartition("-")[2]) - 1
    made.joined += oldest.start - first
    made.terms = [replace(term, number=_renumbered(term.number, before)) for term in made.terms]
    made.terms[0] = replace(made.terms[0], kind="new_account")


def _renumbered(number: str, before: int) -> str:
    """``S-000040-3A`` is ``S-000040-1A`` where two terms were before."""
    stem, _, turn = number.rpartition("-")
    return f"{stem}-{int(turn.rstrip('A')) - before}{'A' * turn.endswith('A')}"


def _term(made: Life, turn: int, tier: int, hosted: bool, seats: int, discount: float, start: date) -> Term:
    own, saas, price = PRODUCTS[tier]
    return Term(
        f"S-{made.number:06}-{turn}", saas if hosted else own, hosted, start, start + timedelta(days=YEAR), seats,
        int(price * discount) * 100, made.chance.random() < 0.55, "new_account" if turn == 1 else "renewal",
    )  # fmt: skip


def _add_on(made: Life, term: Term) -> Term:
    """More seats in the middle of a term, or now and then something else; it ends with the term."""
    chance, start = made.chance, term.start + timedelta(days=made.chance.randrange(60, 300))
    more = max(2, int(term.seats * (0.1 + 0.3 * chance.random())))
    product, price, kind = term.product, term.unit_price_minor, "add_on"
    if chance.random() < 0.3:
        small = term.product in ("Starter", "Bronze")
        product, price, kind = (
            (SUPPORT, 20_00, "add_on") if small else ("Gold" if term.hosted else "Ultimate", 950_00, "new_subscription")
        )
        more = term.seats if small else max(2, more // 5)
    return Term(f"{term.number}A", product, term.hosted, start, term.end, more, price, term.auto_renew, kind)


def _cancel(made: Life, today: date) -> None:
    """One account in sixty ends its last term early."""
    if made.terms and made.chance.random() < 1 / 60:
        last = made.terms[-1]
        day = last.start + timedelta(days=made.chance.randrange(30, 300))
        if day <= today:
            made.terms[-1] = Term(**{**last.__dict__, "cancelled_on": day})
            made.lost = True
