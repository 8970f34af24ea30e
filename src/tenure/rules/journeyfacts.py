"""What is known of one opportunity for the customer's journey, and how tests of it are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenure.rules import cells
from tenure.rules.cells import CellError, Test
from tenure.rules.facts import Fact

FACTS: Mapping[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("record", "bool", "customer record", "", "The account and its opportunity are on record."),
        Fact("crm_fields", "bool", "CRM fields", "", "The opportunity has its stage, amount, closing date and owner."),
        Fact("won", "bool", "won", "", "The opportunity is closed-won."),
        Fact("has_account_executive", "bool", "account executive", "", "Somebody is account executive of the account."),
        Fact("has_solutions_architect", "bool", "solutions architect", "", "Somebody is solutions architect of the account."),
        Fact("has_professional_services", "bool", "professional services engineer", "",
             "Somebody of professional services is on the account."),
        Fact("has_tam", "bool", "TAM", "", "The account has a TAM."),
        Fact("project", "bool", "customer project", "", "The account has a customer project."),
        Fact("project_complies", "bool", "project complies", "", "The customer project keeps to its template."),
        Fact("project_after_sale", "bool", "project moved", "", "The customer project is among those of paying customers."),
        Fact("project_decided", "bool", "project decided on", "", "Whether there is to be a customer project was decided."),
        Fact("project_wanted", "bool", "project wanted", "", "A customer project was decided for; missing: nobody has decided."),
        Fact("upgrade_project", "text", "project on a customer upgrade", "", "What the rule of that name says: required, optional, not required."),
        Fact("business_profile", "int", "business profile", "per cent", "How complete the business profile is, by weight.", minimum=0),
        Fact("technical_profile", "int", "technical profile", "per cent", "How complete the technical profile is, by weight.", minimum=0),
        Fact("business_taken", "bool", "business profile taken over", "", "The TAM has accepted the business profile."),
        Fact("technical_taken", "bool", "technical profile taken over", "", "The TAM has accepted the technical profile."),
        Fact("handed_over", "bool", "handed over", "", "The hand-over of the sale was accepted."),
        Fact("onboarding", "bool", "onboarding", "", "The account has an onboarding."),
        Fact("success_plan", "bool", "success plan", "", "A success plan is linked."),
    )
}  # fmt: skip


def typed(when: Mapping[str, Any]) -> dict[str, Test]:
    """Tests of facts by name, typed. Raises ValueError for what cannot be read."""
    found: dict[str, Test] = {}
    for name, raw in when.items():
        fact = FACTS.get(name)
        if fact is None:
            raise ValueError(f"'{name}' is not a fact of the journey: {', '.join(FACTS)}")
        try:
            test = cells.parse(raw, fact, 2)
        except CellError as error:
            raise ValueError(f"{name}: {error}") from error
        if not isinstance(test, Test):
            raise ValueError(f"{name}: give a test, not '{raw}'")  # noqa: TRY004 - pydantic tells of ValueErrors
        found[name] = test
    return found
