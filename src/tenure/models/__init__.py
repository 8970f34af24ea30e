"""Tables and constraints, one file per noun, and questions about one row."""

from tenure.models.accounts import VERSIONED_FACTS, Account, AccountSummary, AccountVersion, SummaryFields
from tenure.models.activities import Activity, Feedback, Ticket
from tenure.models.assignments import Assignment
from tenure.models.calendars import Absence, CalendarFeed, WorkingTime
from tenure.models.capacity import CapacityLine, CapacityPlan, CapacityWeek
from tenure.models.contacts import Contact
from tenure.models.ctas import Attachment, CallToAction, Cascade, Comment, CtaLink, Task
from tenure.models.days import AccountDay, BuiltDay
from tenure.models.decisions import Decision, Override
from tenure.models.engagements import Engagement, EngagementStage, JourneyStep
from tenure.models.events import Event
from tenure.models.handovers import HandOver, HandOverItem
from tenure.models.imports import ExternalId, ImportMapping, Upload, WaitingRow
from tenure.models.notices import MailBlock, Notice, NoticePreference
from tenure.models.onboardings import Onboarding, OnboardingMilestone
from tenure.models.opportunities import Opportunity, OpportunityStage
from tenure.models.playbooks import PlaybookUse, PlaybookVersion
from tenure.models.portfolio import PORTFOLIO_SUMS, PORTFOLIO_WORDS, PortfolioCell
from tenure.models.profiles import ProfileProposal, ProfileSheet, ProfileValue
from tenure.models.projects import (
    Project,
    ProjectComment,
    ProjectGuest,
    ProjectIssue,
    ProjectIssueState,
    ProjectLabel,
    ProjectMember,
    ProjectMilestone,
)
from tenure.models.reviews import ManagerReview, ReviewItem
from tenure.models.runs import Run, RunFailure
from tenure.models.saved_views import SavedView
from tenure.models.services import PaidHours, ServiceDelivery
from tenure.models.subscriptions import CurrencyRate, InvoiceItem, Product, Subscription
from tenure.models.territories import Territory
from tenure.models.users import User, UserRole

__all__ = [
    "PORTFOLIO_SUMS", "PORTFOLIO_WORDS", "VERSIONED_FACTS",
    "Absence", "Account", "AccountDay", "AccountSummary", "AccountVersion", "Activity", "Assignment", "Attachment", "BuiltDay",
    "CalendarFeed", "CallToAction", "CapacityLine", "CapacityPlan", "CapacityWeek", "Cascade", "Comment", "Contact", "CtaLink", "CurrencyRate", "Decision", "Engagement", "EngagementStage", "Event", "ExternalId",
    "Feedback", "HandOver", "HandOverItem", "ImportMapping", "InvoiceItem", "JourneyStep", "MailBlock", "ManagerReview", "Notice", "NoticePreference", "Onboarding", "OnboardingMilestone", "Opportunity", "OpportunityStage",
    "Override", "PaidHours", "PlaybookUse", "PlaybookVersion", "PortfolioCell", "Product", "ProfileProposal",
    "ProfileSheet", "ProfileValue",
    "Project", "ProjectComment", "ProjectGuest", "ProjectIssue", "ProjectIssueState", "ProjectLabel", "ProjectMember", "ProjectMilestone",
    "ReviewItem", "Run", "RunFailure", "SavedView",
    "ServiceDelivery", "Subscription", "SummaryFields", "Task", "Territory", "Ticket", "Upload", "User", "UserRole",
    "WaitingRow", "WorkingTime",
]  # fmt: skip
