"""The demo company's own people: four regions, twelve territories, every role. The same for every seed."""

from dataclasses import dataclass

from tenure.runs.demo_words import FIRST_NAMES, LAST_NAMES

DOMAIN = "demo.example"
PASSWORD = "handbook-demo"  # noqa: S105 - printed when the demo company is built; it holds invented data only
ACCOUNTS_PER_TAM = 80
MOST_TAMS = 5  # per territory, however many accounts are asked for


@dataclass(frozen=True)
class Place:
    """A territory and the countries or states that lie in it."""

    key: str
    name: str
    region: str
    countries: tuple[str, ...]


@dataclass(frozen=True)
class Person:
    """One employee. ``ref`` is the id in the demo company's CRM; ``main`` marks the log-ins that are printed."""

    ref: str
    name: str
    title: str
    role: str
    region: str = ""
    territories: tuple[str, ...] = ()
    manager_ref: str = ""
    main: bool = False

    @property
    def email(self) -> str:
        """The log-in: the first name for the main cast, first and last name for the others."""
        words = self.name.lower().split()
        return f"{words[0] if self.main else '.'.join(words)}@{DOMAIN}"


PLACES = (
    Place("emea-north", "EMEA North", "EMEA", ("GB", "IE", "SE", "NO", "DK", "FI")),
    Place("emea-central", "EMEA Central", "EMEA", ("DE", "AT", "CH", "NL", "BE", "PL")),
    Place("emea-south", "EMEA South", "EMEA", ("FR", "ES", "IT", "PT", "ZA", "AE")),
    Place("us-east-north", "US East North", "US East", ("US-NY", "US-MA", "US-PA", "US-NJ", "CA")),
    Place("us-east-south", "US East South", "US East", ("US-GA", "US-FL", "US-NC", "US-VA")),
    Place("us-east-lakes", "US East Lakes", "US East", ("US-IL", "US-OH", "US-MI", "US-WI")),
    Place("us-west-coast", "US West Coast", "US West", ("US-CA", "US-OR", "US-WA")),
    Place("us-west-mountain", "US West Mountain", "US West", ("US-CO", "US-UT", "US-AZ")),
    Place("us-west-plains", "US West Plains", "US West", ("US-TX", "US-MN", "US-MO")),
    Place("apac-north", "APAC North", "APAC", ("JP", "KR", "TW")),
    Place("apac-south", "APAC South", "APAC", ("AU", "NZ")),
    Place("apac-central", "APAC Central", "APAC", ("SG", "IN", "ID")),
)
REGIONS = tuple(dict.fromkeys(place.region for place in PLACES))
TITLES = {
    "tam": "Technical account manager", "tam_manager": "Manager, technical account management", "account_manager": "Account manager",
    "account_executive": "Strategic account leader", "solutions_architect": "Solutions architect",
}  # fmt: skip
# Main cast: (name, role, territory or region); the first people of their role in that place.
CAST = {
    ("tam_manager", "EMEA"): "Mona Lindgren", ("tam", "emea-central"): "Tam Okada", ("account_manager", "emea-central"): "Ari Castel",
    ("account_executive", "EMEA"): "Sal Moreau", ("solutions_architect", "EMEA"): "Sol Brandt",
}  # fmt: skip
HEADQUARTERS = (
    ("Oona Petrov", "Customer success operations", "cs_operations"), ("Fin Marino", "Finance business partner", "finance"),
    ("Pia Nair", "Product manager", "product_manager"), ("Eve Torres", "Chief customer officer", "executive"),
    ("Ada Walsh", "Administrator", "admin"), ("Suki Lehto", "Support engineer", "support"),
    ("Ivo Kovac", "Implementation engineer", "professional_services"), ("Olga Quist", "No role yet", ""),
)  # fmt: skip


def people(accounts: int) -> list[Person]:
    """The staff for a book of that many accounts; managers stand before those who report to them."""
    made = [Person(f"U-{i:03}", name, title, role, main=True) for i, (name, title, role) in enumerate(HEADQUARTERS, 1)]
    tams = max(1, min(MOST_TAMS, accounts // (len(PLACES) * ACCOUNTS_PER_TAM) + 1))
    for region in REGIONS:
        places = tuple(place.key for place in PLACES if place.region == region)
        manager = _person(made, "tam_manager", region, region, places)
        for role in ("account_executive", "solutions_architect"):
            _person(made, role, region, region, places)
        for place in places:
            for _ in range(tams):
                _person(made, "tam", place, region, (place,), manager.ref)
            _person(made, "account_manager", place, region, (place,))
    return made


def _person(made: list[Person], role: str, place: str, region: str, territories: tuple[str, ...], manager: str = "") -> Person:
    """One more person in ``made``; the first in a place of the main cast takes the cast's name."""
    number, taken = len(made) + 1, {person.name for person in made}
    name = CAST.get((role, place), "")
    main = bool(name) and name not in taken
    if not main:
        name = f"{FIRST_NAMES[number * 37 % len(FIRST_NAMES)]} {LAST_NAMES[number * 53 % len(LAST_NAMES)]}"
    person = Person(f"U-{number:03}", name, TITLES[role], role, region, territories, manager, main)
    made.append(person)
    return person
