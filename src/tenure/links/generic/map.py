"""Files of any source: our nouns by the names that people usually give their columns."""

from tenure.links.files.mapping import Take
from tenure.links.shape import ObjectMap

SOURCE = "files"
PREFIXES: tuple[str, ...] = ()

STATUS: dict[str, str | bool | int | None] = {
    "active": "active", "live": "active", "current": "active", "draft": "draft", "pending": "draft", "cancelled": "cancelled",
    "canceled": "cancelled", "churned": "cancelled", "terminated": "cancelled", "expired": "expired", "ended": "expired", "lapsed": "expired",
}  # fmt: skip
KINDS: dict[str, str | bool | int | None] = {
    "customer": "customer", "client": "customer", "active": "customer", "prospect": "prospect", "lead": "prospect", "trial": "prospect",
    "former": "former", "churned": "former", "former customer": "former", "*": None,
}  # fmt: skip
ONBOARDED: dict[str, str | bool | int | None] = {
    "not started": "not_started", "not_started": "not_started", "new": "not_started", "scheduled": "scheduled", "in progress": "in_progress",
    "in_progress": "in_progress", "active": "in_progress", "on hold": "on_hold", "on_hold": "on_hold", "paused": "on_hold",
    "completed": "completed", "complete": "completed", "done": "completed", "closed": "completed",
}  # fmt: skip
_ACCOUNT = Take(
    column=(
        "account_id",
        "customer_id",
        "company_id",
        "organization_id",
        "client_id",
        "account_ref",
        "account",
        "customer",
        "company",
    )
)
_DELETED = Take(column=("deleted", "is_deleted", "_fivetran_deleted", "archived"))
_OWNER = Take(column=("owner_id", "owner", "owner_email", "account_owner", "account_manager", "account_executive", "sales_rep"))

OBJECTS = (
    ObjectMap(
        "People", "user", ("user", "person", "people", "employee", "staff", "team", "csm", "tam"),
        {
            "external_id": Take(column=("user_id", "id", "employee_id", "email")), "email": Take(column=("email", "e_mail", "mail", "work_email")),
            "name": Take(column=("name", "full_name", "display_name"), parts=("first_name", "last_name")), "title": Take(column=("title", "job_title")),
            "region": Take(column=("region",)), "manager_ref": Take(column=("manager_id", "manager", "manager_email")),
        },
        ("email", "manager"), never=("account_id", "account_name", "customer_id"),
    ),
    ObjectMap(
        "Products", "product", ("product", "plan", "sku"),
        {"external_id": Take(column=("product_id", "id", "sku")), "name": Take(column=("product_name", "name", "product")), "sku": Take(column=("sku", "product_code"))},
        ("sku", "product_name"), never=("account_id", "customer_id", "start_date"),
    ),
    ObjectMap(
        "Accounts", "account", ("account", "customer", "company", "organization", "client"),
        {
            "external_id": Take(column=("account_id", "customer_id", "company_id", "organization_id", "client_id", "external_id", "crm_id", "id", "account_number")),
            "name": Take(column=("account_name", "customer_name", "company_name", "name", "company", "account", "customer", "organization", "organisation")),
            "parent_ref": Take(column=("parent_id", "parent_account_id", "parent", "parent_account", "ultimate_parent")), "owner_ref": _OWNER,
            "tam_ref": Take(column=("tam_id", "tam", "tam_email", "technical_account_manager", "csm", "csm_id", "csm_email", "customer_success_manager")),
            "territory": Take(column=("territory", "territory_key", "sales_territory")),
            "kind": Take(column=("type", "account_type", "customer_type", "kind"), map=KINDS), "region": Take(column=("region", "sales_region", "geo")),
            "country": Take(column=("country", "billing_country", "country_code")), "industry": Take(column=("industry", "vertical", "sector")),
            "website": Take(column=("website", "domain", "url", "homepage")), "currency": Take(column=("currency", "currency_code", "currency_iso_code")),
            "employees": Take(column=("employees", "number_of_employees", "employee_count", "headcount", "num_employees", "company_size")),
            "potential_users": Take(column=("potential_users", "potential_seats", "potential_licenses", "potential_ee_users")),
            "is_public_sector": Take(column=("public_sector", "is_public_sector", "government")),
            "growth_opportunity": Take(column=("growth_opportunity", "has_growth_opportunity")), "partner_owned": Take(column=("partner_owned", "is_partner_owned")),
            "support_hold": Take(column=("support_hold",)), "given_segment": Take(column=("segment", "sales_segment", "market_segment", "customer_segment")),
            "iacv": Take(column=("iacv", "incremental_acv")), "stated_arr": Take(column=("arr", "annual_recurring_revenue", "stated_arr", "arr_amount", "acv")),
            "stated_users": Take(column=("seats", "licenses", "licences", "users", "licensed_users", "stated_users")),
            "stated_product": Take(column=("product", "plan", "plan_tier", "plan_name", "edition", "stated_product", "tier")),
            "customer_since": Take(column=("customer_since", "signup_date", "start_date", "first_purchase_date", "since")), "deleted": _DELETED,
        },
        ("account_name",), never=("subscription_id", "ticket_id", "contact_id", "opportunity_id", "invoice_item_id", "stage", "subject"),
    ),
    ObjectMap(
        "Contacts", "contact", ("contact", "person", "people"),
        {
            "external_id": Take(column=("contact_id", "id", "person_id", "email")), "account_ref": _ACCOUNT,
            "name": Take(column=("contact_name", "full_name", "name"), parts=("first_name", "last_name")), "salutation": Take(column=("salutation",)),
            "title": Take(column=("title", "job_title", "position")), "role": Take(column=("role", "contact_role", "persona")),
            "email": Take(column=("email", "e_mail", "email_address", "work_email")), "phone": Take(column=("phone", "phone_number", "mobile", "telephone")),
            "is_champion": Take(column=("is_champion", "champion")), "is_decision_maker": Take(column=("is_decision_maker", "decision_maker")),
            "is_licence_contact": Take(column=("is_licence_contact", "licence_contact", "license_contact")),
            "is_billing_contact": Take(column=("is_billing_contact", "billing_contact")), "deleted": _DELETED,
        },
        ("email", "account_id"), never=("subscription_id", "ticket_id", "stage"),
    ),
    ObjectMap(
        "Subscriptions", "subscription", ("subscription", "contract", "license", "licence"),
        {
            "external_id": Take(column=("subscription_id", "contract_id", "id", "subscription_number", "number")), "account_ref": _ACCOUNT,
            "number": Take(column=("subscription_number", "contract_number", "number", "subscription_name")),
            "product": Take(column=("product", "plan", "plan_tier", "plan_name", "edition", "product_name", "tier")),
            "hosted": Take(column=("hosted", "saas", "is_hosted")), "start_date": Take(column=("start_date", "term_start_date", "subscription_start_date", "start")),
            "end_date": Take(column=("end_date", "term_end_date", "subscription_end_date", "renewal_date", "end", "expires")),
            "seats": Take(column=("seats", "quantity", "licenses", "licences", "users")), "unit_price": Take(column=("unit_price", "price_per_seat", "list_price")),
            "arr": Take(column=("arr", "arr_amount", "annual_recurring_revenue", "acv", "annual_value")), "currency": Take(column=("currency", "currency_code")),
            "auto_renew": Take(column=("auto_renew", "auto_renew_flag", "auto_renewal")), "is_trial": Take(column=("is_trial", "trial")),
            "status": Take(column=("status", "subscription_status"), map=STATUS), "cancelled_on": Take(column=("cancelled_on", "cancelled_date", "cancel_date", "churn_date")),
            "deleted": _DELETED,
        },
        ("start_date", "end_date"), never=("ticket_id", "usage_id", "churn_event_id", "invoice_item_id", "stage", "opportunity_id"),
    ),
    ObjectMap(
        "Opportunities", "opportunity", ("opportunity", "deal"),
        {
            "external_id": Take(column=("opportunity_id", "deal_id", "id")), "account_ref": _ACCOUNT,
            "name": Take(column=("opportunity_name", "deal_name", "name", "title")), "stage_label": Take(column=("stage_name", "stage", "deal_stage")),
            "kind": Take(column=("kind", "opportunity_type"), map={"new_account": "new_account", "new_subscription": "new_subscription", "add_on": "add_on", "renewal": "renewal", "*": None}),
            "amount": Take(column=("amount", "value", "deal_value")), "iacv": Take(column=("iacv", "incremental_acv")), "currency": Take(column=("currency", "currency_code")),
            "close_date": Take(column=("close_date", "expected_close_date", "closed_at")), "owner_ref": _OWNER, "is_closed": Take(column=("is_closed", "closed")),
            "is_won": Take(column=("is_won", "won")), "deleted": _DELETED,
        },
        ("stage", "close_date"), never=("ticket_id", "subscription_status"),
    ),
    ObjectMap(
        "Activities", "activity", ("activity", "call", "meeting", "task", "event"),
        {
            "external_id": Take(column=("activity_id", "task_id", "event_id", "id")), "account_ref": _ACCOUNT, "contact_ref": Take(column=("contact_id", "who_id")),
            "owner_ref": _OWNER, "kind": Take(column=("kind", "activity_type", "type"), map={"call": "call", "meeting": "meeting", "email": "email", "task": "task", "*": None}),
            "subject": Take(column=("subject", "title", "description")), "happened_at": Take(column=("happened_at", "activity_date", "date", "occurred_at")),
            "due_date": Take(column=("due_date",)), "status": Take(column=("status",)), "deleted": _DELETED,
        },
        ("subject", "activity_date"), never=("ticket_id", "churn_event_id", "usage_id", "priority"),
    ),
    ObjectMap(
        "Tickets", "ticket", ("ticket", "supportticket", "case", "issue"),
        {
            "external_id": Take(column=("ticket_id", "case_id", "id", "ticket_number")), "account_ref": _ACCOUNT, "contact_ref": Take(column=("contact_id", "requester_id")),
            "subject": Take(column=("subject", "title", "summary")), "status": Take(column=("status",)), "priority": Take(column=("priority", "severity")),
            "opened_at": Take(column=("opened_at", "submitted_at", "created_at", "opened", "created")), "closed_at": Take(column=("closed_at", "resolved_at", "solved_at", "closed")),
            "deleted": _DELETED,
        },
        ("priority", "ticket_id"), never=("usage_id", "churn_event_id"),
    ),
    ObjectMap(
        "Invoice items", "invoice_item", ("invoiceitem", "invoiceline", "lineitem"),
        {
            "external_id": Take(column=("invoice_item_id", "line_id", "id")), "account_ref": _ACCOUNT, "subscription_ref": Take(column=("subscription_id",)),
            "name": Take(column=("charge_name", "description", "name")), "amount": Take(column=("amount", "charge_amount", "total")),
            "currency": Take(column=("currency", "currency_code")), "quantity": Take(column=("quantity",)),
            "service_from": Take(column=("service_start_date", "service_from", "period_start")), "service_until": Take(column=("service_end_date", "service_until", "period_end")),
            "charged_on": Take(column=("charge_date", "invoice_date", "date")), "deleted": _DELETED,
        },
        ("invoice_id", "amount"), never=("ticket_id",),
    ),
    ObjectMap(
        "Onboardings", "onboarding", ("onboarding", "onboardingobject", "implementation"),
        {
            "external_id": Take(column=("onboarding_id", "id")), "account_ref": _ACCOUNT, "name": Take(column=("onboarding_name", "name", "title")),
            "owner_ref": Take(column=("owner_id", "owner", "tam", "tam_id", "csm", "csm_id", "owner_email")), "opportunity_ref": Take(column=("opportunity_id", "deal_id")),
            "status": Take(column=("onboarding_status", "status"), map=ONBOARDED), "gemstone": Take(column=("gemstone", "gem")),
            "purchase_date": Take(column=("purchase_date", "bought_on")), "contract_date": Take(column=("original_contract_date", "contract_date")),
            "start_date": Take(column=("onboarding_start", "onboarding_start_date", "start_date", "kickoff_date")),
            "finish_date": Take(column=("onboarding_finish", "onboarding_finish_date", "finish_date", "completed_on", "end_date")),
            "first_reach_out": Take(column=("first_reach_out", "first_reach_out_date", "first_contact_date")),
            "infrastructure_ready": Take(column=("infrastructure_ready", "infrastructure_ready_date")),
            "first_value": Take(column=("first_value_date", "first_value")), "outcome_achieved": Take(column=("outcome_achieved", "outcome_achieved_date")),
            "greenfield": Take(column=("greenfield", "is_greenfield")), "challenges": Take(column=("challenges_highlights", "challenges", "highlights")),
            "notes": Take(column=("notes", "onboarding_notes")), "takeaways": Take(column=("takeaways", "key_takeaways")),
            "success_plan_url": Take(column=("success_plan_link", "success_plan_url", "success_plan")),
            "survey_sent": Take(column=("survey_sent",)), "survey_received": Take(column=("survey_results_received", "survey_received")),
            "survey_score": Take(column=("survey_score", "csat", "score")), "deleted": _DELETED,
        },
        ("onboarding_status", "first_value_date"), never=("ticket_id", "subscription_status", "stage", "usage_id"),
    ),
)  # fmt: skip
