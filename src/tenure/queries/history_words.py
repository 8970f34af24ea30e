"""How the log's events are told on an account's page: titles of their verbs, names and values of their fields."""

import re
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from tenure.queries import activity_kinds, cta_types, handbook, onboarding_words, projects_words
from tenure.queries.mentions import MENTION
from tenure.rules.handovers import KINDS, STATES
from tenure.rules.services import words as hours

# What a person reads for a verb of the log; anything else is spelled from the verb itself.
VERBS = {
    "account.created": "Account added", "account.updated": "Account changed", "account.deleted": "Account deleted",
    "contact.created": "Contact added", "contact.updated": "Contact changed", "contact.deleted": "Contact deleted",
    "contact.restored": "Contact brought back", "assignment.started": "Assigned", "assignment.ended": "Assignment ended",
    "decisions.changed": "Decided by the handbook", "override.set": "Outcome set by a person",
    "override.ended": "Outcome given back to the rule", "override.expired": "Outcome set by a person has run out",
    "subscription.created": "Subscription added", "subscription.updated": "Subscription changed",
    "opportunity.created": "Opportunity added", "opportunity.updated": "Opportunity changed", "opportunity_stage.created": "Opportunity moved",
    "activity.created": "Activity", "activity.logged": "Logged", "activity.planned": "Planned", "activity.updated": "Entry changed",
    "activity.held": "Written up", "activity.deleted": "Entry deleted", "activity.restored": "Entry brought back",
    "activity.undone": "Change of an entry taken back", "activity.invited": "Invitation sent", "activity.cancelled": "Invitation cancelled",
    "activity.drafted": "Draft begun", "activity.draft_discarded": "Draft thrown away",
    "feedback.created": "Feedback recorded", "feedback.updated": "Feedback changed", "feedback.deleted": "Feedback deleted",
    "feedback.restored": "Feedback brought back",
    "service.delivered": "Service delivered", "service.planned": "Service planned", "service.updated": "Delivery changed",
    "service.cancelled": "Service called off", "service.deleted": "Delivery deleted", "service.restored": "Delivery brought back",
    "hours.bought": "Paid hours added", "hours.updated": "Paid hours changed", "hours.deleted": "Paid hours deleted",
    "hours.restored": "Paid hours brought back",
    "cta.raised": "CTA raised", "cta.created": "CTA added", "cta.updated": "CTA changed", "cta.closed": "CTA closed",
    "cta.reopened": "CTA opened again", "cta.snoozed": "CTA snoozed", "cta.woken": "CTA back from its snooze", "cta.linked": "CTA linked",
    "cta.unlinked": "Link of a CTA taken away", "cta.undone": "Change of a CTA taken back", "cta.continued": "CTA goes on",
    "task.created": "Task added", "task.updated": "Task changed", "task.done": "Task done", "task.skipped": "Task skipped",
    "task.reopened": "Task opened again", "task.moved": "Task moved", "task.carried": "Task came along", "task.undone": "Change of a task taken back",
    "playbook.ended": "Playbook ended", "playbook.applied": "Playbook applied", "playbook.replaced": "Playbook replaced",
    "playbook.cancelled": "Playbook cancelled", "playbook.undone": "Change of a playbook taken back",
    "comment.created": "Comment", "comment.updated": "Comment changed", "comment.deleted": "Comment taken back",
    "comment.restored": "Comment brought back", "attachment.created": "File added", "attachment.deleted": "File taken away",
    "attachment.restored": "File brought back",
    "journey.done": "Step done", "journey.waived": "Step not needed", "journey.reopened": "Step open again",
    "engagement.stage": "Stage of the customer's life", "engagement.project": "Decision on a customer project", "engagement.undone": "Taken back",
    "handover.started": "Hand-over begun", "handover.withdrawn": "Beginning of a hand-over taken back", "handover.joined": "Another cause of a hand-over",
    "handover.ticked": "Done for a hand-over", "handover.waived": "Not needed for a hand-over", "handover.reopened": "Open again in a hand-over",
    "handover.offered": "Hand-over offered", "handover.returned": "Hand-over sent back", "handover.accepted": "Hand-over accepted",
    "handover.cancelled": "Hand-over called off", "handover.updated": "Hand-over changed", "handover.undone": "Change of a hand-over taken back",
    "onboarding.created": "Onboarding began", "onboarding.updated": "Onboarding changed", "onboarding.status": "Onboarding moved",
    "onboarding.completed": "Onboarding completed", "onboarding.milestone": "Milestone of use", "onboarding.deleted": "Onboarding deleted",
    "onboarding.restored": "Onboarding brought back", "onboarding.undone": "Change of an onboarding taken back", "onboarding.joined": "Onboarding has a further cause",
    "onboarding.tracked": "Onboarding stands otherwise", "onboarding.linked": "Onboarding has its play",
    "onboarding.reviewed": "Onboarding reviewed",
    "profile.set": "Profile filled in", "profile.confirmed": "Profile confirmed", "profile.taken_back": "Profile value taken back",
    "profile.undone": "Change of a profile taken back", "profile_proposal.made": "Proposed for a profile",
    "profile_proposal.accepted": "Proposal accepted", "profile_proposal.declined": "Proposal declined",
    "profile_proposal.reopened": "Proposal waits again", "profile_sheet.made": "Data sheet made", "profile_sheet.opened": "Data sheet opened",
    "profile_sheet.answered": "Data sheet answered", "profile_sheet.revoked": "Link of a data sheet ended",
    "ticket.created": "Ticket opened", "ticket.updated": "Ticket changed", "invoice_item.created": "Invoiced",
    **projects_words.VERBS,
}  # fmt: skip
ICONS = {
    "account": "building", "decisions": "scale", "contact": "user", "assignment": "users", "decision": "scale", "override": "pencil",
    "subscription": "receipt-2", "opportunity": "trending-up", "opportunity_stage": "trending-up", "invoice_item": "receipt-2", "activity": "phone", "feedback": "message", "ticket": "lifebuoy",
    "profile": "file-text", "profile_proposal": "inbox", "profile_sheet": "mail",
    "service": "certificate", "hours": "hourglass", "onboarding": "player-play", "cta": "flag", "task": "checkbox", "playbook": "route", "comment": "message", "attachment": "paperclip",
    "handover": "arrows-right-left",
    "journey": "checkbox", "engagement": "route",
    **projects_words.ICONS,
}  # fmt: skip
LABELS = {
    "arr": "ARR", "iacv": "iACV", "email": "e-mail", "stated arr": "stated ARR", "tam": "TAM", "happened at": "when", "start": "when",
    "people": "to", "due date": "due", "snoozed until": "until", "snooze reason": "because", "outcome note": "note", "delivered on": "on",
    "delivered by": "by", "giver": "from", "taker": "to", "due on": "due", "given on": "on", "bought on": "on", "expires on": "until", "minutes": "time", "success plan url": "success plan", "licences 10": "10 % of licences in use",
    "licences 50": "50 % of licences in use", "licences 80": "80 % of licences in use", "scm 40": "40 % use SCM", "ci 25": "25 % use CI", "devsecops 20": "20 % use DevSecOps",
}  # fmt: skip
# What the log keeps for itself: checksums, numbers of versions, who did it and when (the event says so), and what its title says already.
KEPT = frozenset({"edited", "sha256", "bytes", "sequence", "is_open", "form", "natural_key", "position", "done_at", "done_by_id", "closed_at", "closed_by_id", "ended_at", "digest", "participants", "attendees"})  # fmt: skip
SAID = {"task": {"status"}, "playbook": {"status"}, "comment": {"mentioned"}}  # by noun
TIMED = {"happened_at", "start"}  # moments of which the hour counts; of others the day
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
PRIORITY = {1: "high", 2: "medium", 3: "low"}
LONGEST = 160


def title(verb: str) -> str:
    """``contact.created`` as a person says it."""
    noun, _, did = verb.partition(".")
    return VERBS.get(verb) or f"{noun} {did}".replace("_", " ").strip().capitalize()


def shown(noun: str, field: str) -> bool:
    """Whether a field of an event is for people."""
    return field not in KEPT and field not in SAID.get(noun, ())


def said(noun: str, field: str, value: Any) -> str | None:
    """A value in words of its own: a status, a kind, a length, a moment; None where it has none."""
    if noun == "cta" and isinstance(value, str) and field in ("status", "type"):
        return cta_types.status_title(value) if field == "status" else cta_types.title(value)
    if noun == "handover" and isinstance(value, str) and field in ("state", "kind"):
        return (STATES if field == "state" else KINDS).get(value)
    if noun == "activity" and isinstance(value, str) and field in ("kind", "sentiment"):
        return activity_kinds.title(value) if field == "kind" else activity_kinds.sentiment_title(value)
    if noun == "onboarding" and isinstance(value, str) and field in ("status", "cause"):
        return onboarding_words.title(field, value)
    if noun == "profile" and isinstance(value, str) and field == "source":
        terms = handbook.pack().profiles.terms
        return next((one.title for one in terms.sources if one.key == value), None) if terms else None
    if isinstance(value, int) and not isinstance(value, bool) and field in ("minutes", "priority"):
        return hours(value) if field == "minutes" else PRIORITY.get(value)
    return told(field, value) if isinstance(value, str) else None


def told(field: str, text: str) -> str | None:
    """A day or a moment in words, a moment in the zone of whoever reads; a long text cut; None for other texts."""
    if DAY.fullmatch(text):
        return day(date.fromisoformat(text))
    if MOMENT.fullmatch(text):
        moment = datetime.fromisoformat(text).astimezone(timezone.get_current_timezone())
        return f"{day(moment)}, {moment:%H:%M}" if field in TIMED else day(moment)
    if field == "text":
        plain = " ".join(MENTION.sub(r"@\1", text).split())
        return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"
    return None


def day(value: date) -> str:
    """``25 Nov 2026``."""
    return f"{value.day} {value:%b %Y}"
