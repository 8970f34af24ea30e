"""The cast: eleven people and the seven accounts of the handbook's gemstone table, small enough to know by heart.

Tam and Tessa are TAMs and report to Mona. Tam covers EMEA, Tessa US East; nobody of theirs covers APAC. Homeworld has Tam as its TAM;
Beach City, Funland and Le Hotel meet the criteria and have none. Big Donut lies in APAC: Mona and her team don't see it.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tenure.actions import summaries
from tenure.actions.accounts import facts_of
from tenure.models import (
    Account,
    AccountVersion,
    Assignment,
    Contact,
    Product,
    Subscription,
    Territory,
    User,
    UserRole,
)

TODAY = date(2026, 11, 16)
AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"

# name in the code: (name, role, region, territories, manager)
PEOPLE: dict[str, tuple[str, str, str, tuple[str, ...], str]] = {
    "mona": ("Mona Manager", "tam_manager", "EMEA", ("emea", "us-east"), ""),
    "tam": ("Tam Technical", "tam", "EMEA", ("emea",), "mona"),
    "tessa": ("Tessa Technical", "tam", "US East", ("us-east",), "mona"),
    "ari": ("Ari Account", "account_manager", "EMEA", ("emea",), ""),
    "sol": ("Sol Architect", "solutions_architect", "EMEA", ("emea",), ""),
    "fin": ("Fin Finance", "finance", "", (), ""),
    "pia": ("Pia Product", "product_manager", "", (), ""),
    "ops": ("Ops Operations", "cs_operations", "", (), ""),
    "ada": ("Ada Admin", "admin", "", (), ""),
    "exa": ("Exa Executive", "executive", "", (), ""),
    "olga": ("Olga Outsider", "", "", (), ""),
}
TERRITORIES = {"emea": ("EMEA", "EMEA"), "us-east": ("US East", "US East"), "apac": ("APAC", "APAC")}


@dataclass(frozen=True)
class Seed:
    """One line of the handbook's table (money in whole dollars), and where it lies."""

    name: str
    territory: str
    segment: str
    product: str
    hosted: bool
    seats: int
    potential_users: int
    arr: int
    iacv: int
    employees: int


SEEDS = {
    "homeworld": Seed("Homeworld Inc.", "emea", "Strategic", "Premium", False, 12_500, 12_500, 1_250_000, 1_250_000, 48_000),
    "beach_city": Seed("Beach City Corp.", "emea", "Large", "Premium", False, 1_020, 4_000, 510_000, 400_000, 9_500),
    "funland": Seed("Funland Arcade", "emea", "Strategic", "Premium", False, 2_500, 5_000, 300_000, 300_000, 11_000),
    "le_hotel": Seed("Le Hotel", "emea", "Large", "Ultimate", True, 450, 500, 150_000, 150_000, 3_200),
    "crab_shack": Seed("The Crab Shack", "us-east", "Large", "Starter", False, 2_100, 4_100, 42_000, 42_000, 5_400),
    "buddwick": Seed("Buddwick Public Library", "us-east", "Strategic", "Ultimate", False, 25, 300, 29_700, 54_648, 900),
    "big_donut": Seed("Big Donut", "apac", "Mid-Market", "Starter", False, 500, 500, 18_000, 18_000, 1_400),
}


@dataclass
class World:
    """What ``build`` made. People and accounts are also attributes: ``world.tam``, ``world.homeworld``."""

    today: date
    at: datetime
    people: dict[str, User] = field(default_factory=dict)
    territories: dict[str, Territory] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        for shelf in ("people", "accounts"):
            if name in self.__dict__.get(shelf, {}):
                return self.__dict__[shelf][name]
        raise AttributeError(name)

    def account(self, name: str, territory: str = "emea", **fields: Any) -> Account:
        """One more account. Money fields in minor units; the summary row is made too."""
        return self.more_accounts(1, name=name, territory=territory, **fields)[0]

    def more_accounts(self, count: int, name: str = "Account", territory: str = "emea", **fields: Any) -> list[Account]:
        """``count`` more accounts in one territory, named ``name 001`` ... when there are several."""
        where = self.territories[territory]
        rows = [
            Account(
                name=name if count == 1 else f"{name} {number:03}", territory=where, region=fields.get("region", where.region),
                created_at=self.at, updated_at=self.at, **{key: value for key, value in fields.items() if key != "region"},
            )
            for number in range(1, count + 1)
        ]  # fmt: skip
        made = Account.objects.bulk_create(rows)
        _versions(made, self.today - timedelta(days=400), self.at)
        self.refresh(*made)
        return made

    def subscribe(
        self, account: Account, product: str = "Premium", seats: int = 100, arr: int = 100_000, **fields: Any
    ) -> Subscription:
        """An active subscription of one year, begun 200 days ago; ``arr`` in whole dollars."""
        start = fields.pop("start_date", self.today - timedelta(days=200))
        end = fields.pop("end_date", start + timedelta(days=365))
        made = Subscription.objects.create(
            account=account, number=f"S-{account.pk}-{product}", product=product, seats=seats, arr_minor=arr * 100, start_date=start,
            end_date=end, unit_price_minor=arr * 100 // max(seats, 1), auto_renew=True, recorded_at=self.at, **fields,
        )  # fmt: skip
        self.refresh(account)
        return made

    def assign(self, account: Account, user: User, role: str = "tam", from_date: date | None = None) -> Assignment:
        """An open assignment, without the checks of the action."""
        made = Assignment.objects.create(
            account=account, user=user, role=role, from_date=from_date or self.today - timedelta(days=100), recorded_at=self.at
        )
        self.refresh(account)
        return made

    def refresh(self, *accounts: Account) -> None:
        """Bring the lists' rows of these accounts up to date."""
        summaries.refresh([account.pk for account in accounts], today=self.today)


def build(today: date = TODAY) -> World:
    """The cast in an empty database, as of ``today``."""
    at = datetime.combine(today, time(9), tzinfo=UTC)
    world = World(today, at)
    world.territories = {key: Territory(key=key, name=name, region=region) for key, (name, region) in TERRITORIES.items()}
    Territory.objects.bulk_create(world.territories.values())
    world.people = people(world.territories)
    Product.objects.bulk_create(Product(name=key, handbook_key=key) for key in ("Starter", "Premium", "Ultimate"))
    world.accounts = _accounts(world)
    _belongings(world)
    Assignment.objects.create(
        account=world.homeworld, user=world.tam, role="tam", from_date=today - timedelta(days=300), recorded_at=at
    )
    Assignment.objects.create(
        account=world.homeworld, user=world.ari, role="account_manager", from_date=today - timedelta(days=300), recorded_at=at
    )
    world.refresh(*world.accounts.values())
    return world


def people(territories: dict[str, Territory]) -> dict[str, User]:
    """The eleven people, all with ``PASSWORD``; addresses are ``<name>@example.com``."""
    made: dict[str, User] = {}
    for key, (name, role, region, covers, manager) in PEOPLE.items():
        user = User(email=f"{key}@example.com", name=name, region=region, manager=made.get(manager))
        user.set_password(PASSWORD)
        user.save()
        made[key] = user
        if role:
            UserRole.objects.create(user=user, role=role)
        user.territories.set([territories[place] for place in covers])
    return made


def _accounts(world: World) -> dict[str, Account]:
    since = world.today - timedelta(days=400)
    made = {}
    for key, seed in SEEDS.items():
        territory = world.territories[seed.territory]
        made[key] = Account(
            name=seed.name, territory=territory, region=territory.region, employees=seed.employees,
            potential_users=seed.potential_users, given_segment=seed.segment, iacv_minor=seed.iacv * 100,
            is_public_sector=key == "buddwick", growth_opportunity=False, customer_since=since,
            created_at=world.at, updated_at=world.at,
        )  # fmt: skip
    Account.objects.bulk_create(made.values())
    _versions(list(made.values()), since, world.at)
    return made


def _versions(accounts: list[Account], since: date, at: datetime) -> None:
    AccountVersion.objects.bulk_create(
        AccountVersion(account=account, from_date=since, recorded_at=at, facts=facts_of(account)) for account in accounts
    )


def _belongings(world: World) -> None:
    """A subscription and two contacts each; the second contact has gaps."""
    start = world.today - timedelta(days=200)
    subscriptions, contacts = [], []
    for key, seed in SEEDS.items():
        account = world.accounts[key]
        subscriptions.append(
            Subscription(
                account=account, number=f"S-{key}", product=seed.product, hosted=seed.hosted, seats=seed.seats,
                arr_minor=seed.arr * 100, unit_price_minor=seed.arr * 100 // seed.seats, start_date=start,
                end_date=start + timedelta(days=365), auto_renew=True, recorded_at=world.at,
            )
        )  # fmt: skip
        stamps = {"created_at": world.at, "updated_at": world.at}
        contacts += [
            Contact(
                account=account, name=f"Carol of {seed.name}", salutation="Ms", title="Head of IT", role="Champion", is_champion=True,
                email=f"carol@{key.replace('_', '-')}.example", phone="+1 555 0100", **stamps,
            ),
            Contact(account=account, name=f"Dan of {seed.name}", title="Administrator", email=f"dan@{key.replace('_', '-')}.example", **stamps),
        ]  # fmt: skip
    Subscription.objects.bulk_create(subscriptions)
    Contact.objects.bulk_create(contacts)
