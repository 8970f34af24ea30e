"""Tables and constraints, one file per noun, and questions about one row."""

from tenure.models.accounts import VERSIONED_FACTS, Account, AccountSummary, AccountVersion, SummaryFields
from tenure.models.activities import Activity, Ticket
from tenure.models.assignments import Assignment
from tenure.models.contacts import Contact
from tenure.models.days import AccountDay, BuiltDay
from tenure.models.decisions import Decision, Override
from tenure.models.events import Event
from tenure.models.imports import ExternalId, ImportMapping, Upload, WaitingRow
from tenure.models.notices import Notice
from tenure.models.opportunities import Opportunity, OpportunityStage
from tenure.models.portfolio import PORTFOLIO_SUMS, PORTFOLIO_WORDS, PortfolioCell
from tenure.models.runs import Run, RunFailure
from tenure.models.saved_views import SavedView
from tenure.models.subscriptions import CurrencyRate, InvoiceItem, Product, Subscription
from tenure.models.territories import Territory
from tenure.models.users import User, UserRole

__all__ = [
    "PORTFOLIO_SUMS", "PORTFOLIO_WORDS", "VERSIONED_FACTS", "Account", "AccountDay", "AccountSummary", "AccountVersion", "Activity", "Assignment", "BuiltDay", "Contact", "CurrencyRate",
    "Decision", "Event", "ExternalId", "ImportMapping", "InvoiceItem", "Notice", "Opportunity", "OpportunityStage", "Override",
    "PortfolioCell", "Product", "Run", "RunFailure", "SavedView", "Subscription", "SummaryFields", "Territory", "Ticket", "Upload", "User", "UserRole", "WaitingRow",
]  # fmt: skip
