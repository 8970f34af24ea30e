"""Tables and constraints, one file per noun, and questions about one row."""

from tenure.models.accounts import VERSIONED_FACTS, Account, AccountSummary, AccountVersion
from tenure.models.activities import Activity, Ticket
from tenure.models.assignments import Assignment
from tenure.models.contacts import Contact
from tenure.models.decisions import Decision, Override
from tenure.models.events import Event
from tenure.models.imports import ExternalId, ImportMapping, Upload, WaitingRow
from tenure.models.notices import Notice
from tenure.models.opportunities import Opportunity, OpportunityStage
from tenure.models.runs import Run, RunFailure
from tenure.models.saved_views import SavedView
from tenure.models.subscriptions import CurrencyRate, InvoiceItem, Product, Subscription
from tenure.models.territories import Territory
from tenure.models.users import User, UserRole

__all__ = [
    "VERSIONED_FACTS", "Account", "AccountSummary", "AccountVersion", "Activity", "Assignment", "Contact", "CurrencyRate",
    "Decision", "Event", "ExternalId", "ImportMapping", "InvoiceItem", "Notice", "Opportunity", "OpportunityStage", "Override",
    "Product", "Run", "RunFailure", "SavedView", "Subscription", "Territory", "Ticket", "Upload", "User", "UserRole", "WaitingRow",
]  # fmt: skip
