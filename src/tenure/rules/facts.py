"""The catalogue of facts: what a rule may ask about an account, an opportunity or a support contract.

A fact that a table names must stand here, in the pack's own `facts:` section, or be another rule's outcome.
Missing is never zero and never red: every fact says how a blank is to be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

FactType = Literal["money", "int", "float", "bool", "category", "ordered", "date", "text"]

UNKNOWN = "Unknown: a check on it is undecided."
NUMBERS: frozenset[str] = frozenset({"money", "int", "float"})
WORDS: frozenset[str] = frozenset({"category", "ordered"})


@dataclass(frozen=True)
class Fact:
    """One fact. `unit` is a word for people ("users"); money stands in minor units in frames, in major units
    everywhere a person writes or reads it. `words` are the values of a category (an ordered one: lowest first),
    `word_aliases` maps other spellings (case-folded) to them; `minimum` is the least value that makes sense.
    `rule` names the rule whose outcome this is, if any. `aliases` are column headings people use for the fact."""

    name: str
    type: FactType
    label: str = ""
    unit: str = ""
    meaning: str = ""
    missing: str = UNKNOWN
    aliases: tuple[str, ...] = ()
    minimum: int | None = None
    words: tuple[str, ...] = ()
    word_aliases: Mapping[str, str] = field(default_factory=dict, hash=False)
    rule: str = ""

    def word(self, text: str) -> str | None:
        """The fact's own word for `text` (any case, aliases allowed), or None when there is none."""
        return self.word_aliases.get(text.strip().casefold())

    def with_words(self, words: Mapping[str, Iterable[str]]) -> Fact:
        """This fact with `words` (word -> its aliases, in order)."""
        spelled = {a.casefold(): word for word, aliases in words.items() for a in (*aliases, word)}
        return replace(self, words=tuple(words), word_aliases=MappingProxyType(spelled))


def _money(name: str, label: str, meaning: str, aliases: tuple[str, ...] = (), minimum: int | None = 0) -> Fact:
    return Fact(name, "money", label, "money", meaning, aliases=aliases, minimum=minimum)


def _count(name: str, label: str, unit: str, meaning: str, aliases: tuple[str, ...] = ()) -> Fact:
    return Fact(name, "int", label, unit, meaning, aliases=aliases, minimum=0)


def _flag(name: str, label: str, meaning: str, aliases: tuple[str, ...] = ()) -> Fact:
    return Fact(name, "bool", label, "", meaning, aliases=aliases)


_FACTS = (
    Fact("account", "text", "account", "", "The account's own id or name; only carried along.",
         aliases=("account_id", "account_name", "customer", "name", "id")),
    _money("arr", "ARR", "Annual recurring revenue of the account's active subscriptions.",
           ("annual_recurring_revenue", "account_arr")),
    _money("iacv", "iACV", "Incremental annual contract value that the account has brought so far.",
           ("incremental_acv", "incremental_annual_contract_value"), minimum=None),
    _money("deal_iacv", "deal iACV", "Incremental annual contract value of the one opportunity looked at.",
           ("opportunity_iacv",), minimum=None),
    _money("acv", "ACV", "Annual contract value of the subscription up for renewal.", ("renewal_acv",)),
    _count("users", "users", "users", "Licences (seats) bought, over all active subscriptions.",
           ("licences", "licenses", "seats", "licensed_users")),
    _count("potential_users", "potential users", "users",
           "Users the customer could have: the larger of the asked and the stated number.", ("potential_eeu",)),
    Fact("employees", "int", "employees", "people", "Largest employee count in the account family; -1 = looked for, not found.",
         aliases=("employee_count", "number_of_employees"), minimum=-1),
    Fact("product", "ordered", "product", "", "Highest product tier bought; the words and their rank are the pack's.",
         aliases=("plan", "product_tier", "edition")),
    Fact("segment", "ordered", "segment", "", "Market segment, smallest first; the words are the pack's.",
         aliases=("market_segment", "sales_segment")),
    Fact("region", "category", "region", "", "Sales region; the words are the pack's.", aliases=("sales_region", "geo")),
    _flag("growth_opportunity", "growth opportunity", "A qualified opportunity to grow is on record.",
          ("qualified_growth_opportunity",)),
    _flag("is_public_sector", "public sector", "The customer is a public body.", ("public_sector", "pubsec")),
    Fact("customer_since", "date", "customer since", "", "Day of the first closed-won purchase.",
         aliases=("first_purchase", "first_purchase_date", "original_contract_date")),
    _count("months_since_first_purchase", "months since the first purchase", "months",
           "Whole months since the first purchase, on the day of the decision."),
    _flag("first_renewal_done", "first renewal done", "The account has renewed at least once."),
    _flag("has_account_manager", "Account Manager filled", "The account's Account Manager field names a person."),
    _flag("partner_owned", "partner-owned", "A partner (reseller) owns the account."),
    _flag("upgrade", "upgrade", "The engagement is an upgrade of an existing customer, not a new one."),
    _flag("account_is_new", "new account", "The opportunity is the account's first purchase."),
    _flag("subscription_is_new", "new subscription", "The opportunity opens a further subscription."),
    _flag("at_renewal", "at renewal", "The opportunity is the renewal of a subscription that runs out."),
    _flag("expired", "expired", "The subscription has run out and was not renewed."),
    _flag("support_hold", "support on hold", "Finance has set Hold because of an overdue balance.", ("hold",)),
    _flag("community", "community", "An education or open-source licence."),
    _flag("has_support_addon", "support add-on", "Premium support was bought on top of the product."),
    _flag("hosted", "hosted", "The customer uses the hosted service, not an installation of its own.", ("saas",)),
)  # fmt: skip

CATALOGUE: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact in _FACTS})


def column_name(heading: str) -> str:
    """A column heading as a fact name would be written: `Potential Users ` -> `potential_users`."""
    return "_".join(heading.strip().casefold().replace("-", " ").replace(".", " ").split())


def headings(facts: Mapping[str, Fact]) -> dict[str, str]:
    """Every accepted column heading -> fact name. A fact's own name beats another fact's alias."""
    found = {column_name(alias): fact.name for fact in facts.values() for alias in (*fact.aliases, fact.label) if alias}
    return found | {name.casefold(): name for name in facts}
