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
    `rule` names the rule whose outcome this is, if any. `aliases` are column headings people use for the fact; `event` names
    what happened on the day of a date ("the purchase")."""

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
    event: str = ""

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


def _day(name: str, label: str, meaning: str, missing: str, event: str, aliases: tuple[str, ...] = ()) -> Fact:
    return Fact(name, "date", label, "", meaning, missing, aliases, event=event)


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

# What the work with a customer is due by: days, who looks after it, how it stands.
NEVER = "It has not happened yet, or nobody recorded it: nothing counts from it."
NOT_KEPT = "Nobody keeps it for this account: a check on it is undecided."
_ASKED = (  # whom work asks for steps of the matrix
    ("account_executive", "account executive"), ("solutions_architect", "solutions architect"),
    ("professional_services", "professional services engineer"), ("tam", "TAM"),
)  # fmt: skip
_WORK = (
    _day("purchase_date", "purchase date", "Day of the latest purchase of new business (a new account or a further subscription); "
         "onboarding counts from it. Set by itself from the closing date, can be changed.", NEVER, "the purchase", ("contract_date",)),
    _day("term_start", "start of the term", "First day of the current term of the subscription that ends next.", NEVER, "the start of the term"),
    _day("renewal_date", "renewal date", "Day on which the next active subscription ends.",
         "No active subscription has an end: nothing is due before a renewal.", "the renewal", ("next_renewal", "subscription_end")),
    _day("last_engaged", "last engaged", "Day of the last call or meeting that was held and logged in Tenure. Mails, updates, drafts, "
         "planned calls and what a CRM tells do not count.", "No call or meeting was held yet.", "the last call or meeting", ("last_activity_date", "last_call")),
    _day("last_contact", "last contact", "Day of the last contact with a person of the customer: call, meeting, e-mail or workshop.",
         "No contact was logged yet.", "the last contact", ("last_contacted",)),
    _day("last_review", "last business review", "Day of the last business review (EBR, QBR) that was held.", NEVER, "the last business review"),
    _day("last_risk_update", "last at-risk update", "Day of the last at-risk update on the timeline.", NEVER, "the last at-risk update"),
    _day("at_risk_since", "at risk since", "Day on which the account last became at risk.", "The account is not at risk.", "the beginning of the risk"),
    _day("sentiment_on", "sentiment given on", "Day on which the TAM last said how the customer feels.", NEVER, "the last sentiment"),
    _day("introduced_on", "introduction sent", "Day on which the introduction was last sent, while nobody has answered it.",
         "No introduction is waiting for an answer.", "the introduction"),
    _day("upgrade_on", "planned upgrade", "Day for which the customer plans its next upgrade.", "No upgrade is planned.", "the planned upgrade"),
    _day("lost_on", "loss seen on", "Day on which a subscription ended with less in its place today than the day before, in ARR or in product: nothing, a "
         "smaller or a lower one. A gap before a late renewal looks the same until the renewal is there.", "Nothing was lost.", "the end of the subscription"),
    _day("loss_recorded_on", "loss recorded on", "Closing day of the latest opportunity that decides, where it records a loss: a renewal that was lost and "
         "after which no subscription began, or a won one with negative iACV.", "No loss is on record.", "the recorded loss"),
    _flag("renewal_lost", "renewal lost", "The latest opportunity that decides is a renewal that was lost, and no subscription began since."),
    _count("days_since_loss", "days since the loss", "days", "Days from the day on which a loss was seen to the day of the decision; of a day to come only "
           "where that day is over by today."),
    _day("tam_assigned_on", "TAM since", "Day from which the account's present TAM has it.", "The account has no TAM.", "the assignment of the TAM"),
    _day("onboarding_since", "onboarding since", "Start of the latest onboarding; of an account that has none, of the play for new customers.",
         "No onboarding has begun.", "the start of the onboarding"),
    _day("am_assigned_on", "account manager since", "Day from which the account's present account manager has it.",
         "The account has no account manager.", "the assignment of the account manager"),
    _flag("has_tam", "has a TAM", "The account has a TAM on the day."),
    _flag("waited_for_tam", "waited for its TAM", "The present TAM is the account's first, and work that asked for one (reason TAM assignment) was there before."),
    _flag("at_risk", "at risk", "The account is in triage: its last sentiment is red, or a person opened a CTA that is still open and whose reason says "
          "so (`at_risk` in ctas.yaml). Other risks do not count, nor does work that a schedule raised."),
    Fact("journey_stage", "ordered", "stage of the deal", "", "Stage of the opportunity for new business that the customer's journey is about: the furthest open one, "
         "or one that was won in the last 60 days.", "No such opportunity is under way.").with_words({
             "pending_acceptance": (), "discovery": (), "scoping": (), "technical_evaluation": (), "proposal": (), "negotiating": (), "awaiting_signature": (), "closed_won": ()}),
    _day("journey_reached", "stage reached on", "Day on which that opportunity reached its stage.", "No such opportunity is under way.", "the stage of the deal"),
    _count("journey_missing", "steps missing", "steps", "Steps of the responsibility matrix that belong to earlier stages of that opportunity and are not done."),
    *(_count(f"journey_asks_{role}", f"steps of the {title}", "steps", f"Those of them that are asked of the {title}: the own ones, and those that nobody else is there for.")
      for role, title in _ASKED),
    *(Fact(f"journey_steps_{role}", "text", f"missing steps of the {title}", "", "What these steps are called.", "None is missing.") for role, title in _ASKED),
    Fact("journey_deal", "text", "deal under way", "", "Name of that opportunity.", "No such opportunity is under way."),
    Fact("journey_at", "text", "name of its stage", "", "The stage of that opportunity as the handbook of the day calls it.", "No such opportunity is under way."),
    _flag("will_churn", "will churn", "The stage of the customer's life, as it was last set, leaves the customer out of health reports: Will churn."),
    _flag("has_project", "has a customer project", "A customer project of the account is worked in on the day."),
    _flag("managed", "managed", "Somebody manages the account itself. Not so: a child account whose parent is managed instead."),
    _flag("digital_only", "digital only", "The customer gets the digital programme only and no calls."),
    Fact("onboarding", "category", "onboarding", "", "State of the latest onboarding; of an account that has none, of the play for new customers.", "No onboarding is on record.",
         aliases=("onboarding_status",)).with_words(
             {"Not started": ("new",), "Scheduled": (), "In Progress": ("active", "in_progress"), "On Hold": (), "Completed": ("done",)}),
    Fact("sentiment", "ordered", "sentiment", "", "How the customer feels, by its TAM; worst first.",
         NOT_KEPT).with_words({"Red": (), "Amber": (), "Yellow": (), "Green": ()}),
    Fact("success_plan", "ordered", "success plan", "", "How far the success plan is.",
         "No plan is on record.").with_words({"None": (), "Draft": (), "Active": ()}),
    _count("days_since_purchase", "days since the purchase", "days", "Days from the purchase date to the day of the decision."),
    _count("months_to_up_tier", "months to an up-tier", "months",
           "Whole months until the earliest open opportunity for a higher tier closes; 0 = this month or overdue."),
    Fact("stage_adoption_hours", "float", "stage adoption hours", "hours per week",
         "Hours of the TAM per week that this quarter's adoption of further stages needs.", NOT_KEPT, minimum=0),
    Fact("infrastructure_hours", "float", "infrastructure hours", "hours per week",
         "Hours of the TAM per week that this quarter's change of infrastructure needs.", NOT_KEPT, minimum=0),
    _count("arr_rank", "place by ARR", "place", "Place of the account among those of its TAM team, 1 = highest ARR."),
    _count("stages_adopted", "stages adopted", "stages", "Product stages that the customer uses."),
    Fact("licence_use", "float", "licence use", "per cent", "Billable users as a share of the licences sold, in per cent.",
         NOT_KEPT, ("license_use", "licence_utilisation"), 0),
    _count("green_use_cases", "green use cases", "use cases", "Use cases (SCM, CI, CD, DevSecOps) whose adoption is green."),
    Fact("devsecops", "ordered", "DevSecOps adoption", "", "Colour of the use case DevSecOps, worst first.",
         NOT_KEPT).with_words({"Red": (), "Yellow": (), "Green": ()}),
)  # fmt: skip

CATALOGUE: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact in (*_FACTS, *_WORK)})


def column_name(heading: str) -> str:
    """A column heading as a fact name would be written: `Potential Users ` -> `potential_users`."""
    return "_".join(heading.strip().casefold().replace("-", " ").replace(".", " ").split())


def headings(facts: Mapping[str, Fact]) -> dict[str, str]:
    """Every accepted column heading -> fact name. A fact's own name beats another fact's alias."""
    found = {column_name(alias): fact.name for fact in facts.values() for alias in (*fact.aliases, fact.label) if alias}
    return found | {name.casefold(): name for name in facts}
