"""What an import may say about each noun: fields with their types, references to other nouns, stamps."""

from dataclasses import dataclass, field

import polars as pl
from django.db import models
from django.utils.functional import cached_property

from tenure.models import (
    Account,
    Activity,
    Contact,
    InvoiceItem,
    Onboarding,
    Opportunity,
    OpportunityStage,
    Product,
    Subscription,
    Ticket,
    User,
)

MOMENT = pl.Datetime("us", "UTC")
# The open end of a period in exports.
FOREVER_YEAR = 9999


@dataclass(frozen=True)
class Field:
    """One field: ``kind`` is text, whole, money, flag, day, moment or ref; ``blank`` is what a missing value becomes in the database."""

    name: str
    kind: str
    limit: int | None = None
    blank: object = None

    @property
    def dtype(self) -> pl.DataType:
        """The type of the field's column in a frame."""
        types = {"whole": pl.Int64(), "money": pl.Int64(), "flag": pl.Boolean(), "day": pl.Date(), "moment": MOMENT}
        return types.get(self.kind, pl.String())


@dataclass(frozen=True)
class Ref:
    """A reference by external id. ``column`` is ours; blank for an assignment (``role``).

    ``missing``: "wait" keeps the whole row until the other arrives, "later" imports the row and sets the reference when it arrives,
    "refuse" refuses the row.
    """

    name: str
    noun: str
    column: str = ""
    missing: str = "later"
    role: str = ""


@dataclass(frozen=True)
class Spec:
    """A noun as imports see it."""

    noun: str
    title: str
    model: type[models.Model]
    names: tuple[str, ...]
    refs: tuple[Ref, ...] = ()
    required: tuple[str, ...] = ("name",)
    created: tuple[str, ...] = ("created_at", "updated_at")
    touched: tuple[str, ...] = ("updated_at",)
    account: str = "account_id"  # the column that says whose History shows it; "" = nobody's
    natural: str = ""  # a field by which a row that is there already is known
    tree: str = ""  # the reference that makes a hierarchy
    via: tuple[tuple[str, type[models.Model]], ...] = ()  # where the account comes from when the row names none
    never_negative: tuple[str, ...] = ()
    periods: tuple[tuple[str, str], ...] = ()  # (start, end) pairs that must not be reversed
    updates: str = ""  # the noun whose rows this one only adds to
    deletable: bool = True
    constants: dict[str, object] = field(default_factory=dict)

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The fields by name, with what the model says of them."""
        return {name: _field(self.model, name) for name in self.names}

    def ref(self, name: str) -> Ref | None:
        """The reference of this name."""
        return next((ref for ref in self.refs if ref.name == name), None)

    def dtype(self, name: str) -> pl.DataType:
        """The type of any column that a frame of this noun may have. Raises KeyError for an unknown name."""
        if name in EXTRA:
            return EXTRA[name]
        return pl.String() if self.ref(name) else self.fields[name].dtype


# Columns of any noun: ``custom`` is JSON text; ``row`` is the row's number in its file.
EXTRA: dict[str, pl.DataType] = {"external_id": pl.String(), "deleted": pl.Boolean(), "custom": pl.String(), "row": pl.Int64()}


def _field(model: type[models.Model], name: str) -> Field:
    column = model._meta.get_field(name)
    assert isinstance(column, models.Field)  # noqa: S101 - a field that the table has
    kinds: list[tuple[type, str]] = [
        (models.DateTimeField, "moment"), (models.DateField, "day"), (models.BooleanField, "flag"), (models.IntegerField, "whole"),
    ]  # fmt: skip
    kind = next((word for cls, word in kinds if isinstance(column, cls)), "text")
    if name.endswith("_minor"):
        kind = "money"
    default = column.default if column.has_default() and not callable(column.default) else None
    empty: dict[str, object] = {"text": "", "flag": False}
    blank = None if column.null else empty.get(kind) if default is None else default
    return Field(name, kind, getattr(column, "max_length", None), blank)


_ACCOUNT_REF = Ref("account_ref", "account", "account_id", "wait")
_CONTACT_REF = Ref("contact_ref", "contact", "contact_id")
_OWNER_REF = Ref("owner_ref", "user", "owner_id")

SPECS: dict[str, Spec] = {
    spec.noun: spec
    for spec in (
        Spec(
            "user", "People", User, ("email", "name", "title", "region", "is_active"),
            refs=(Ref("manager_ref", "user", "manager_id"),), required=("email",), created=("created_at",), touched=(), account="",
            natural="email", tree="manager_ref", deletable=False, constants={"theme": "system", "time_zone": ""},
        ),
        Spec(
            "product", "Products", Product, ("name", "sku", "handbook_key"), created=(), touched=(), account="", natural="name",
            deletable=False,
        ),
        Spec(
            "account", "Accounts", Account,
            ("name", "kind", "region", "country", "industry", "website", "currency", "employees", "potential_users", "is_public_sector",
             "growth_opportunity", "partner_owned", "support_hold", "community", "given_segment", "iacv_minor", "stated_arr_minor",
             "stated_users", "stated_product", "customer_since"),
            refs=(Ref("parent_ref", "account", "parent_id"), Ref("territory", "territory", "territory_id", "refuse"),
                  Ref("owner_ref", "user", role="owner"), Ref("tam_ref", "user", role="tam"), Ref("same_as_ref", "account", missing="ignore")),
            account="id", tree="parent_ref", never_negative=("potential_users", "stated_users", "stated_arr_minor"),
        ),
        Spec(
            "contact", "Contacts", Contact,
            ("name", "salutation", "title", "role", "email", "phone", "is_champion", "is_decision_maker", "is_licence_contact",
             "is_billing_contact"),
            refs=(_ACCOUNT_REF,),
        ),
        Spec(
            "subscription", "Subscriptions", Subscription,
            ("number", "product", "hosted", "start_date", "end_date", "seats", "unit_price_minor", "arr_minor", "currency", "auto_renew",
             "is_trial", "status", "cancelled_on"),
            refs=(_ACCOUNT_REF,), required=("account_ref",), created=("recorded_at",), touched=("recorded_at",),
            never_negative=("seats",), periods=(("start_date", "end_date"),),
        ),
        Spec(
            "charge", "Charges", Subscription, ("product", "seats", "unit_price_minor", "arr_minor", "currency"), required=(),
            created=("recorded_at",), touched=("recorded_at",), updates="subscription", never_negative=("seats",), deletable=False,
        ),
        Spec(
            "opportunity", "Opportunities", Opportunity,
            ("name", "stage", "stage_label", "kind", "amount_minor", "iacv_minor", "currency", "close_date", "is_closed", "is_won"),
            refs=(_ACCOUNT_REF, _OWNER_REF), required=("account_ref", "name"),
        ),
        Spec(
            "opportunity_stage", "Stages of opportunities", OpportunityStage,
            ("stage", "stage_label", "amount_minor", "close_date", "from_at", "until_at"),
            refs=(Ref("opportunity_ref", "opportunity", "opportunity_id", "wait"),), required=("opportunity_ref", "from_at"), created=(),
            touched=(), account="", via=(("opportunity_id", Opportunity),), deletable=False, periods=(("from_at", "until_at"),),
        ),
        Spec(
            "activity", "Activities", Activity, ("kind", "subject", "happened_at", "due_date", "status"),
            refs=(_ACCOUNT_REF, _CONTACT_REF, _OWNER_REF), required=(), created=("recorded_at",), touched=("recorded_at",),
            via=(("contact_id", Contact),),
            constants={
                "body": "", "planned": False, "outcome": "", "sentiment": "", "next_steps": "[]", "template": "", "source": "crm", "draft": False,
                "series": "", "sequence": 0,
            },
        ),
        Spec(
            "ticket", "Tickets", Ticket, ("subject", "status", "priority", "opened_at", "closed_at"),
            refs=(_ACCOUNT_REF, _CONTACT_REF), required=(), created=("recorded_at",), touched=("recorded_at",),
            via=(("contact_id", Contact),),
        ),
        Spec(
            "invoice_item", "Invoice items", InvoiceItem,
            ("name", "amount_minor", "currency", "quantity", "service_from", "service_until", "charged_on"),
            refs=(_ACCOUNT_REF, Ref("subscription_ref", "subscription", "subscription_id")), required=(), created=("recorded_at",),
            touched=("recorded_at",), via=(("subscription_id", Subscription),), periods=(("service_from", "service_until"),),
        ),
        Spec(
            "onboarding", "Onboardings", Onboarding,
            ("name", "status", "gemstone", "purchase_date", "contract_date", "start_date", "first_reach_out", "infrastructure_ready", "first_value",
             "outcome_achieved", "finish_date", "greenfield", "challenges", "notes", "takeaways", "success_plan_url", "survey_sent", "survey_received",
             "survey_score"),
            refs=(_ACCOUNT_REF, _OWNER_REF, Ref("opportunity_ref", "opportunity", "opportunity_id")), required=("account_ref", "name"),
            periods=(("start_date", "finish_date"),),
            constants={"cause": "import", "because": "{}", "team": "{}", "edited": "[]", "is_open": True, "first_value_by": "", "track": ""},
        ),
    )
}  # fmt: skip

# Words that a field can hold; others are refused.
CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("account", "kind"): ("customer", "prospect", "former"),
    ("subscription", "status"): ("draft", "active", "cancelled", "expired"),
    ("opportunity", "kind"): ("new_account", "new_subscription", "add_on", "renewal"),
}

# Parents before children.
ORDER = tuple(SPECS)
