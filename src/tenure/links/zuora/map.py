"""Zuora objects: accounts, contacts, products, subscriptions, their charges (seats and recurring revenue), invoice items."""

from tenure.links.files.mapping import Take
from tenure.links.shape import ObjectMap

SOURCE = "zuora"
PREFIXES = ("zuora",)

STATUS: dict[str, str | bool | int | None] = {
    "active": "active", "draft": "draft", "pending activation": "draft", "pending acceptance": "draft", "cancelled": "cancelled",
    "canceled": "cancelled", "expired": "expired", "suspended": "active",
}  # fmt: skip


def _id() -> Take:
    return Take(column=("Id",))


_DELETED = Take(column=("_fivetran_deleted", "IsDeleted", "deleted"))
_ACCOUNT = Take(column=("AccountId",))

OBJECTS = (
    ObjectMap(
        "Product", "product", ("product",),
        {"external_id": _id(), "name": Take(column=("Name",)), "sku": Take(column=("SKU",))},
        ("SKU", "EffectiveStartDate"), never=("ProductId", "ProductRatePlanId", "SubscriptionId"),
    ),
    ObjectMap(
        "Account", "account", ("account",),
        {
            "external_id": _id(), "name": Take(column=("Name",)), "same_as_ref": Take(column=("CrmId",)),
            "parent_ref": Take(column=("ParentAccountId", "ParentId")), "currency": Take(column=("Currency",)), "deleted": _DELETED,
        },
        ("AccountNumber", "BillCycleDay"), never=("SubscriptionId", "AccountId"),
    ),
    ObjectMap(
        "Contact", "contact", ("contact",),
        {
            "external_id": _id(), "account_ref": _ACCOUNT, "name": Take(parts=("FirstName", "LastName")),
            "email": Take(column=("WorkEmail", "PersonalEmail")), "phone": Take(column=("WorkPhone", "MobilePhone", "HomePhone", "OtherPhone")),
            "is_billing_contact": Take(column=("IsBillingContact",), default=True), "deleted": _DELETED,
        },
        ("WorkEmail", "LastName"), never=("SubscriptionId",),
    ),
    ObjectMap(
        "Subscription", "subscription", ("subscription",),
        {
            "external_id": _id(), "account_ref": _ACCOUNT, "number": Take(column=("Name", "SubscriptionNumber")),
            "start_date": Take(column=("TermStartDate", "SubscriptionStartDate", "ContractEffectiveDate")),
            "end_date": Take(column=("TermEndDate", "SubscriptionEndDate")), "auto_renew": Take(column=("AutoRenew",)),
            "status": Take(column=("Status",), map=STATUS), "cancelled_on": Take(column=("CancelledDate",)), "deleted": _DELETED,
        },
        ("TermStartDate", "TermType"), never=("MRR", "SubscriptionId", "InvoiceId"),
    ),
    ObjectMap(
        "RatePlanCharge", "charge", ("rateplancharge",),
        {
            "external_id": _id(), "subscription_ref": Take(column=("SubscriptionId",)), "seats": Take(column=("Quantity",)), "group": Take(column=("ProductId", "ProductRatePlanId")),
            "arr": Take(column=("MRR",), times=12), "currency": Take(column=("TransactionCurrency", "Currency", "HomeCurrency")),
        },
        ("MRR", "SubscriptionId"), where={"ChargeType": ("Recurring",), "IsLastSegment": ("TRUE",), "_fivetran_deleted": ("FALSE", "")},
        never=("InvoiceId",),
    ),
    ObjectMap(
        "InvoiceItem", "invoice_item", ("invoiceitem",),
        {
            "external_id": _id(), "account_ref": _ACCOUNT, "subscription_ref": Take(column=("SubscriptionId",)),
            "name": Take(column=("ChargeName",)), "amount": Take(column=("ChargeAmount",)),
            "currency": Take(column=("TransactionCurrency", "Currency", "HomeCurrency")), "quantity": Take(column=("Quantity",)),
            "service_from": Take(column=("ServiceStartDate",)), "service_until": Take(column=("ServiceEndDate",)),
            "charged_on": Take(column=("ChargeDate",)), "deleted": _DELETED,
        },
        ("ChargeAmount", "ServiceStartDate"), never=("TaxRate", "TaxationItemId"),
    ),
)  # fmt: skip
