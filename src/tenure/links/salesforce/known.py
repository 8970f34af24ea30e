"""The standard columns of Salesforce objects, by which an export is known whatever its file is called.

Among them are objects that Tenure doesn't import: what looks more like one of those isn't taken for one of ours.
"""

_ALL = "Id IsDeleted CreatedDate CreatedById LastModifiedDate LastModifiedById SystemModstamp LastViewedDate LastReferencedDate"
_PLACE = "Street City State StateCode PostalCode Country CountryCode Latitude Longitude GeocodeAccuracy"


def _place(*kinds: str) -> str:
    """The columns of an address of each kind."""
    return " ".join(f"{kind}{part}" for kind in kinds for part in _PLACE.split())


_NAMES = {
    "Account": "Name ParentId Type AccountNumber AccountSource AnnualRevenue NumberOfEmployees Industry Ownership TickerSymbol Rating Site "
    "Website Phone Fax Sic SicDesc NaicsCode NaicsDesc Tradestyle YearStarted DunsNumber OwnerId PhotoUrl Description IsPartner "
    f"IsCustomerPortal Jigsaw JigsawCompanyId MasterRecordId RecordTypeId Tier LastActivityDate {_place('Billing', 'Shipping')}",
    "Contact": "Name AccountId FirstName LastName MiddleName Suffix Salutation Title Department Email Phone MobilePhone HomePhone OtherPhone "
    "AssistantName AssistantPhone Birthdate ReportsToId LeadSource HasOptedOutOfEmail HasOptedOutOfFax DoNotCall EmailBouncedDate "
    f"EmailBouncedReason IsEmailBounced OwnerId Fax Description PhotoUrl MasterRecordId IndividualId {_place('Mailing', 'Other')}",
    "User": "Name Username FirstName LastName Email Alias Title Department Division CompanyName EmployeeNumber ProfileId UserRoleId UserType "
    "IsActive ManagerId TimeZoneSidKey LocaleSidKey LanguageLocaleKey EmailEncodingKey LastLoginDate FederationIdentifier CommunityNickname "
    f"Phone MobilePhone Extension ContactId AccountId AboutMe {_PLACE}",
    "Product2": "Name ProductCode Family StockKeepingUnit QuantityUnitOfMeasure IsActive Description DisplayUrl ExternalDataSourceId IsArchived",
    "Opportunity": "Name AccountId StageName Amount Probability ExpectedRevenue CloseDate Type NextStep LeadSource IsClosed IsWon "
    "ForecastCategory ForecastCategoryName CampaignId HasOpportunityLineItem Pricebook2Id OwnerId FiscalQuarter FiscalYear Fiscal "
    "TotalOpportunityQuantity ContactId IsPrivate HasOpenActivity HasOverdueTask LossReason Description RecordTypeId LastActivityDate",
    "OpportunityHistory": "OpportunityId StageName Amount CloseDate ExpectedRevenue Probability ForecastCategory PrevAmount PrevCloseDate",
    "Task": "WhoId WhatId AccountId OwnerId Subject ActivityDate Status Priority IsHighPriority TaskSubtype Type CallType CallDisposition "
    "CallObject CallDurationInSeconds IsClosed CompletedDateTime Description ReminderDateTime IsReminderSet RecurrenceActivityId IsRecurrence",
    "Event": "WhoId WhatId AccountId OwnerId Subject Location StartDateTime EndDateTime ActivityDate ActivityDateTime DurationInMinutes "
    "IsAllDayEvent ShowAs EventSubtype IsGroupEvent IsPrivate Type Description ReminderDateTime IsReminderSet IsRecurrence GroupEventType",
    "Lead": "Name FirstName LastName Salutation Title Company Status LeadSource Rating Industry AnnualRevenue NumberOfEmployees Email Phone "
    "MobilePhone Website OwnerId Description IsConverted ConvertedDate ConvertedAccountId ConvertedContactId ConvertedOpportunityId "
    f"IsUnreadByOwner HasOptedOutOfEmail {_PLACE}",
    "Case": "CaseNumber AccountId ContactId ParentId Status Priority Origin Reason Type Subject Description IsClosed ClosedDate IsEscalated "
    "OwnerId SuppliedName SuppliedEmail SuppliedPhone SuppliedCompany AssetId",
    "Order": "AccountId OrderNumber Status EffectiveDate EndDate Type TotalAmount ContractId OpportunityId ActivatedDate OrderReferenceNumber "
    f"IsReductionOrder Pricebook2Id OwnerId PoNumber {_place('Billing', 'Shipping')}",
    "Contract": "AccountId ContractNumber Status StartDate EndDate ContractTerm ActivatedDate ActivatedById CompanySignedDate "
    f"CustomerSignedDate OwnerExpirationNotice SpecialTerms OwnerId Pricebook2Id {_place('Billing')}",
    "Campaign": "Name ParentId Type Status StartDate EndDate IsActive NumberOfLeads NumberOfContacts NumberSent BudgetedCost ActualCost "
    "ExpectedRevenue ExpectedResponse OwnerId Description",
    "OpportunityLineItem": "OpportunityId PricebookEntryId Product2Id ProductCode Name Quantity UnitPrice ListPrice TotalPrice Discount "
    "ServiceDate SortOrder Description",
    "UserRole": "Name ParentRoleId RollupDescription DeveloperName PortalType PortalRole OpportunityAccessForAccountOwner "
    "CaseAccessForAccountOwner ContactAccessForAccountOwner ForecastUserId MayForecastManagerShare",
    "Asset": "Name AccountId ContactId ParentId RootAssetId Product2Id ProductCode Status Price Quantity SerialNumber PurchaseDate "
    "InstallDate UsageEndDate IsCompetitorProduct OwnerId Description",
}  # fmt: skip

COLUMNS = {name: frozenset(f"{_ALL} {names}".split()) for name, names in _NAMES.items()}
