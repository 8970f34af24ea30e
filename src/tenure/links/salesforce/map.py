"""Salesforce objects: API names first; exports in snake case and reports match too."""

from tenure.links.files.mapping import Take
from tenure.links.salesforce.known import COLUMNS
from tenure.links.shape import ObjectMap

SOURCE = "salesforce"
PREFIXES = ("sf", "sfdc", "salesforce")
KNOWN = COLUMNS

ACCOUNT_TYPES: dict[str, str | bool | int | None] = {
    "customer": "customer", "customer - direct": "customer", "customer - channel": "customer", "client": "customer", "prospect": "prospect",
    "lead": "prospect", "former customer": "former", "ex-customer": "former", "churned": "former", "*": None,
}  # fmt: skip
OPPORTUNITY_TYPES: dict[str, str | bool | int | None] = {
    "new business": "new_account", "new customer": "new_account", "new account": "new_account", "existing business": "add_on",
    "existing customer - upgrade": "add_on", "existing customer - downgrade": "add_on", "existing customer - replacement": "add_on",
    "add-on business": "add_on", "add-on": "add_on", "add on": "add_on", "upsell": "add_on", "expansion": "add_on",
    "new subscription": "new_subscription", "renewal": "renewal", "existing customer - renewal": "renewal", "*": None,
}  # fmt: skip
TASK_TYPES: dict[str, str | bool | int | None] = {
    "call": "call", "meeting": "meeting", "email": "email", "e-mail": "email", "listemail": "email", "event": "meeting", "task": "task", "*": None,
}  # fmt: skip

ONBOARDED: dict[str, str | bool | int | None] = {
    "not started": "not_started", "scheduled": "scheduled", "in progress": "in_progress", "on hold": "on_hold", "completed": "completed",
}  # fmt: skip


def _id() -> Take:
    return Take(column=("Id",))


def _deleted() -> Take:
    return Take(column=("IsDeleted", "_fivetran_deleted"))


_ACCOUNT = Take(column=("AccountId",))

OBJECTS = (
    ObjectMap(
        "User", "user", ("user",),
        {
            "external_id": _id(), "email": Take(column=("Email",)), "name": Take(column=("Name",), parts=("FirstName", "LastName")),
            "title": Take(column=("Title",)), "manager_ref": Take(column=("ManagerId",)), "deleted": Take(column=("_fivetran_deleted",)),
        },
        ("Email", "ProfileId", "Username"), never=("AccountSource", "StageName"),
    ),
    ObjectMap(
        "Product2", "product", ("product2", "product"),
        {"external_id": _id(), "name": Take(column=("Name",)), "sku": Take(column=("ProductCode", "StockKeepingUnit"))},
        ("ProductCode", "Family"), never=("OpportunityId", "OrderId"),
    ),
    ObjectMap(
        "Account", "account", ("account", "accounthistory", "company"),
        {
            "external_id": _id(), "name": Take(column=("Name",)), "parent_ref": Take(column=("ParentId",)), "owner_ref": Take(column=("OwnerId",)),
            "tam_ref": Take(column=("TAM_User__c", "TAM__c", "Technical_Account_Manager__c", "CSM__c", "Customer_Success_Manager__c")),
            "kind": Take(column=("Type",), map=ACCOUNT_TYPES), "industry": Take(column=("Industry",)), "website": Take(column=("Website",)),
            "country": Take(column=("BillingCountryCode", "BillingCountry", "ShippingCountryCode", "ShippingCountry")),
            "region": Take(column=("Region__c", "Sales_Region__c", "Account_Region__c")), "currency": Take(column=("CurrencyIsoCode",)),
            "employees": Take(column=("NumberOfEmployees",)),
            "potential_users": Take(column=("Potential_EE_Users__c", "Potential_Users__c", "Number_of_Licenses_Potential__c")),
            "is_public_sector": Take(column=("Public_Sector__c", "Is_Public_Sector__c")),
            "growth_opportunity": Take(column=("Growth_Opportunity__c",)), "partner_owned": Take(column=("Partner_Owned__c", "IsPartner")),
            "support_hold": Take(column=("Support_Hold__c",)), "given_segment": Take(column=("Sales_Segmentation__c", "Segment__c")),
            "iacv": Take(column=("IACV__c", "Incremental_ACV__c")), "stated_arr": Take(column=("ARR__c", "Annual_Recurring_Revenue__c", "CARR__c")),
            "stated_users": Take(column=("Number_of_Licenses_This_Account__c", "Licenses__c", "Seats__c")),
            "stated_product": Take(column=("Products_Purchased__c", "Product__c", "Plan__c")),
            "customer_since": Take(column=("Customer_Since__c", "CustomerSinceDate__c")), "deleted": _deleted(),
        },
        ("AccountSource", "NumberOfEmployees", "OwnerId"), never=("AccountId", "StageName"),
    ),
    ObjectMap(
        "Contact", "contact", ("contact", "contacthistory"),
        {
            "external_id": _id(), "account_ref": _ACCOUNT, "name": Take(column=("Name",), parts=("FirstName", "LastName")),
            "salutation": Take(column=("Salutation",)), "title": Take(column=("Title",)),
            "role": Take(column=("Role__c", "Contact_Role__c", "Job_Function__c")), "email": Take(column=("Email",)),
            "phone": Take(column=("Phone", "MobilePhone")), "is_champion": Take(column=("Champion__c", "Is_Champion__c")),
            "is_decision_maker": Take(column=("Decision_Maker__c", "Is_Decision_Maker__c")),
            "is_licence_contact": Take(column=("License_Contact__c", "Is_License_Contact__c")),
            "is_billing_contact": Take(column=("Billing_Contact__c", "Is_Billing_Contact__c")), "deleted": _deleted(),
        },
        ("AccountId", "LastName"), never=("StageName", "ActivityDate", "ConvertedDate", "ProfileId"),
    ),
    ObjectMap(
        "Opportunity", "opportunity", ("opportunity",),
        {
            "external_id": _id(), "account_ref": _ACCOUNT, "name": Take(column=("Name",)), "stage_label": Take(column=("StageName",)),
            "kind": Take(column=("Type",), map=OPPORTUNITY_TYPES), "amount": Take(column=("Amount",)),
            "iacv": Take(column=("IACV__c", "Incremental_ACV__c")), "currency": Take(column=("CurrencyIsoCode",)),
            "close_date": Take(column=("CloseDate",)), "owner_ref": Take(column=("OwnerId",)), "is_closed": Take(column=("IsClosed",)),
            "is_won": Take(column=("IsWon",)), "deleted": _deleted(),
        },
        ("StageName", "CloseDate"), never=("OpportunityId", "_fivetran_start"),
    ),
    ObjectMap(
        "OpportunityHistory", "opportunity_stage", ("opportunityhistory", "opportunityfieldhistory"),
        {
            "external_id": _id(), "opportunity_ref": Take(column=("OpportunityId",)), "stage_label": Take(column=("StageName",)),
            "amount": Take(column=("Amount",)), "close_date": Take(column=("CloseDate",)), "from_at": Take(column=("CreatedDate",)),
        },
        ("OpportunityId", "StageName"), never=("_fivetran_start",),
    ),
    ObjectMap(
        "OpportunityHistory (versions)", "opportunity_stage", ("opportunityhistory", "opportunity"),
        {
            "opportunity_ref": _id(), "stage_label": Take(column=("StageName",)), "amount": Take(column=("Amount",)),
            "close_date": Take(column=("CloseDate",)), "from_at": Take(column=("_fivetran_start",)), "until_at": Take(column=("_fivetran_end",)),
        },
        ("_fivetran_start", "StageName"), never=("OpportunityId",),
    ),
    ObjectMap(
        "Task", "activity", ("task",),
        {
            "external_id": _id(), "account_ref": Take(column=("AccountId", "WhatId"), only="^001"),
            "contact_ref": Take(column=("WhoId",), only="^003"), "owner_ref": Take(column=("OwnerId",)),
            "kind": Take(column=("TaskSubtype", "Type"), map=TASK_TYPES), "subject": Take(column=("Subject",)),
            "happened_at": Take(column=("CompletedDateTime", "ActivityDate")), "due_date": Take(column=("ActivityDate",)),
            "status": Take(column=("Status",)), "deleted": _deleted(),
        },
        ("WhoId", "TaskSubtype"), never=("StartDateTime",),
    ),
    ObjectMap(
        "Event", "activity", ("event",),
        {
            "external_id": _id(), "account_ref": Take(column=("AccountId", "WhatId"), only="^001"),
            "contact_ref": Take(column=("WhoId",), only="^003"), "owner_ref": Take(column=("OwnerId",)),
            "kind": Take(column=("Type",), map=TASK_TYPES | {"*": "meeting"}, default="meeting"), "subject": Take(column=("Subject",)),
            "happened_at": Take(column=("StartDateTime", "ActivityDateTime", "ActivityDate")), "due_date": Take(column=("ActivityDate",)),
            "deleted": _deleted(),
        },
        ("WhoId", "StartDateTime"), never=("TaskSubtype",),
    ),
    ObjectMap(
        "Onboarding__c", "onboarding", ("onboarding", "onboardingobject"),
        {
            "external_id": _id(), "account_ref": Take(column=("Account__c", "AccountId")), "name": Take(column=("Name",)),
            "owner_ref": Take(column=("TAM__c", "TAM_User__c", "OwnerId")), "opportunity_ref": Take(column=("Opportunity__c", "OpportunityId")),
            "status": Take(column=("Onboarding_Status__c", "Status__c"), map=ONBOARDED), "gemstone": Take(column=("Gemstone__c",)),
            "purchase_date": Take(column=("Purchase_Date__c",)), "contract_date": Take(column=("Original_Contract_Date__c",)),
            "start_date": Take(column=("Onboarding_Start__c", "Onboarding_Start_Date__c")),
            "finish_date": Take(column=("Onboarding_Finish__c", "Onboarding_Finish_Date__c")),
            "first_reach_out": Take(column=("First_Reach_Out__c", "First_Reachout__c")), "infrastructure_ready": Take(column=("Infrastructure_Ready__c",)),
            "first_value": Take(column=("First_Value_Date__c",)), "outcome_achieved": Take(column=("Outcome_Achieved__c",)),
            "greenfield": Take(column=("Greenfield__c",)), "challenges": Take(column=("Challenges_Highlights__c", "Challenges__c")),
            "notes": Take(column=("Onboarding_Notes__c", "Notes__c")), "takeaways": Take(column=("Takeaways__c",)),
            "success_plan_url": Take(column=("Success_Plan_Link__c", "Success_Plan__c")), "survey_sent": Take(column=("Survey_Sent__c",)),
            "survey_received": Take(column=("Survey_Results_Received__c", "Survey_Received__c")), "survey_score": Take(column=("Survey_Score__c",)),
            "deleted": _deleted(),
        },
        ("Onboarding_Status__c", "First_Value_Date__c", "Onboarding_Start__c"), never=("StageName", "ActivityDate", "NumberOfEmployees"),
    ),
)  # fmt: skip
