"""What is known of the demo company's customers: field -> (as written, days ago, source, confidence, note)."""

from collections.abc import Mapping
from typing import Any

Words = Mapping[str, tuple[Any, int, str, str, str]]
CALL, CRM, WROTE, OWN, TOOL = "call", "crm", "customer", "person", "tool"


def _base(champion: str, buyer: str, contact: str, why: str, goals: str) -> dict[str, tuple[Any, int, str, str, str]]:
    """What is known of every example."""
    return {
        "champion": (champion, 74, CALL, "high", ""),
        "economic_buyer": (buyer, 210, CRM, "medium", ""),
        "main_contact": (contact, 33, CALL, "high", ""),
        "why": (why, 400, CRM, "high", "Hand-over by the account executive"),
        "objectives": (goals, 160, CALL, "high", "Kick-off"),
    }


KNOWN: Mapping[str, Words] = {
    "Homeworld Inc.": {
        **_base("Dana Whitlock; title: Head of developer experience; email: dana@homeworld.example", "Marcus Bell; title: CIO", "Jasper Nacre; title: Platform lead; email: jasper@homeworld.example; phone: +49 30 5550 101", "One tool instead of six, and audits that don't stop releases.", "Cut lead time by 30 % within a year; move 75 % of the projects off Jenkins."),
        "organisation": ("Three divisions (Drives, Controls, Service) with their own delivery heads; a platform team of nine reports to the CIO.", 120, CALL, "high", ""),
        "business_goals": ("Ship control software monthly instead of twice a year.", 95, CALL, "high", ""),
        "use_cases": ("Source code; Continuous integration; Security", 95, CALL, "high", ""),
        "pains": ("Four CI systems, no common view of vulnerabilities.", 400, CRM, "medium", ""),
        "executive_sponsor": ("Ilse Kramer; title: COO", 320, CALL, "medium", ""),
        "compelling_features": ("Merge request pipelines, dependency scanning, audit events.", 260, CALL, "high", ""),
        "metrics": ("Lead time of a change; share of projects with SAST.", 95, CALL, "high", ""),
        "hosted": ("no", 300, TOOL, "high", ""),
        "architecture": ("Reference architecture for 10,000 users on their own VMware; Geo site in Austin since March.", 150, CALL, "high", ""),
        "installation": ("Omnibus package", 150, CALL, "high", ""),
        "version": ("16.8", 96, TOOL, "high", "Upgrade planned"),
        "integrations": ("Jira, LDAP, Artifactory, Splunk.", 150, CALL, "high", ""),
        "potential_users": ("14000", 60, WROTE, "high", "Data sheet before the review"),
        "nodes": ("23", 150, CALL, "high", ""),
        "high_availability": ("yes", 150, CALL, "high", ""),
        "security": ("All images are scanned; no outbound traffic from runners.", 150, CALL, "high", ""),
        "authentication": ("LDAP; SAML", 150, CALL, "high", ""),
        "network": ("Through a proxy", 150, CALL, "high", ""),
        "frameworks": ("ISO 27001; SOX", 420, CALL, "medium", ""),
    },
    "Beach City Corp.": {
        **_base("Pearl Moreno; title: Director of engineering", "Ron Ames; title: CFO", "Lars de Vries; title: DevOps lead; email: lars@beachcity.example", "Their booking teams wanted one pipeline for web and mobile.", "All booking services deploy from one pipeline by summer."),
        "organisation": ("Six product teams and one platform team in Amsterdam.", 430, CRM, "medium", ""),
        "use_cases": ("Source code; Continuous delivery", 200, CALL, "high", ""),
        "hosted": ("no", 250, CALL, "high", ""),
        "version": ("16.5", 40, TOOL, "high", ""),
        "potential_users": ("4000", 250, CALL, "high", ""),
        "frameworks": ("PCI DSS; GDPR", 250, CALL, "high", ""),
        "executive_sponsor": ("Mira Oost; title: COO", 120, OWN, "low", "Said in passing; to be confirmed"),
    },
    "Funland Arcade": {
        **_base("Ann Bauer; title: Head of studios", "Otto Lenz; title: Managing director", "Ann Bauer; title: Head of studios", "Game builds took nine hours.", "Builds below one hour."),
        "jobs": ("42000", 35, TOOL, "high", ""),
        "growth": ("600", 35, CALL, "medium", "Depends on a new studio"),
        "storage": ("5200", 35, TOOL, "high", ""),
        "decision_process": ("Otto Lenz decides alone, it seems.", 190, OWN, "low", "The producer's guess"),
    },
    "Le Hotel": {
        **_base("Claire Petit; title: CTO", "Claire Petit; title: CTO", "Hugo Roche; title: Engineering manager", "They left a hosted tool whose price doubled.", "Every team on Ultimate's security features."),
        "hosted": ("yes", 180, CALL, "high", ""),
        "use_cases": ("Security; Continuous integration", 180, CALL, "high", ""),
        "frameworks": ("PCI DSS; GDPR", 180, WROTE, "high", ""),
        "data_place": ("France", 180, WROTE, "high", ""),
    },
    "The Crab Shack": {
        **_base("Rosa Diaz; title: IT manager", "Sam Reed; title: Owner", "Rosa Diaz; title: IT manager; email: rosa@crabshack.example", "Till software in 140 restaurants must be updated at night.", "One release train for all tills."),
        "potential_users": ("4100", 90, CALL, "high", ""),
        "version": ("15.11", 210, CALL, "high", ""),
        "installation": ("Docker image", 210, CALL, "medium", ""),
    },
    "Buddwick Public Library": {
        "main_contact": ("Ms Ito; title: Systems librarian; salutation: Ms", 520, CRM, "medium", ""),
        "public_sector": ("yes", 520, CRM, "high", ""),
        "why": ("A grant asks for open development.", 520, CRM, "medium", ""),
    },
    "Big Donut": {
        "champion": ("Lou Grand; title: Developer", 30, CALL, "medium", ""),
        "version": ("16.7", 30, CALL, "high", ""),
    },
}  # fmt: skip

# Answers to a data sheet that wait for a decision.
ANSWERS: Mapping[str, Mapping[str, str]] = {
    "Homeworld Inc.": {"version": "16.11", "nodes": "26", "security": "All images are scanned and signed; runners reach the internet only through the proxy.", "second_contact": "Mira Voss; title: Security lead; email: mira@homeworld.example"},
    "Le Hotel": {"potential_users": "520"},
}  # fmt: skip

# A data sheet that has been gone through: its answers, and of what was declined why.
TAKEN: Mapping[str, Mapping[str, str]] = {
    "Beach City Corp.": {"potential_users": "4200", "nodes": "6", "authentication": "SAML", "growth": "3000"},
}  # fmt: skip
DECLINED: Mapping[str, str] = {
    "growth": "That counts the whole company; the teams that build software grow by 200. Asked again on the call."
}

# What may be known of the others: field -> texts to choose from.
PLENTY: Mapping[str, tuple[str, ...]] = {
    "champion": ("Alex Hart; title: Head of engineering", "Noor Khan; title: Platform lead", "Eva Lind; title: Director of IT", "Tomás Vega; title: DevOps lead"),
    "main_contact": ("Chris Moss; title: Engineering manager", "Yuki Sato; title: Tools lead", "Priya Nair; title: Release manager"),
    "why": ("One tool for source, builds and security.", "The old CI server could not keep up.", "Audits asked for a complete trail."),
    "objectives": ("Halve the time from commit to production.", "Move every team to shared pipelines.", "Scan every project before release."),
    "use_cases": ("Source code; Continuous integration", "Security; Source code", "Continuous delivery; Packages"),
    "organisation": ("A platform team serves twelve product teams.", "Two sites, one head of development.", "Teams by product, one security office."),
    "architecture": ("One node, nightly backups.", "Reference architecture for 2,000 users.", "Kubernetes in their own data centre."),
    "version": ("16.1", "16.4", "16.9", "15.8"),
    "nodes": ("1", "3", "8"),
    "authentication": ("SAML", "LDAP", "OpenID Connect; Local passwords"),
    "network": ("Freely", "Through a proxy"),
    "frameworks": ("GDPR", "SOC 2; ISO 27001", "None"),
    "high_availability": ("yes", "no"),
    "tool_ci": ("Jenkins", "TeamCity"),
    "decision_process": ("The head of engineering proposes, finance signs.", "A committee of four meets each month.", "Procurement asks for three offers."),
    "economic_buyer": ("Ines Falk; title: CFO", "Paul Reyes; title: CIO", "Mina Costa; title: Head of technology"),
    "executive_sponsor": ("Greta Holm; title: COO", "Omar Said; title: CTO"),
    "compelling_features": ("Merge request pipelines.", "Security scans in one place.", "One permission model for all teams."),
    "services_scope": ("Installation and two days of training.", "Migration of 400 repositories.", "None: they install it themselves."),
    "business_goals": ("A release each week.", "Pass the next audit without findings.", "Leave two tools by the end of the year."),
    "pains": ("Builds wait for hours.", "Nobody knows which version runs where.", "Every team keeps its own scripts."),
    "metrics": ("Lead time of a change.", "Share of projects that are scanned.", "Time of a build."),
    "risks": ("Their champion may change jobs.", "The budget is decided in January.", "Another team wants to stay with the old tool."),
    "stakeholders": ("Security, operations and two product leads.", "The works council wants to be asked."),
    "integrations": ("Jira and LDAP.", "Artifactory, Slack.", "None so far."),
    "poc_result": ("All criteria met", "Partly met", "There was none"),
    "storage": ("200", "900", "2500"),
    "projects": ("80", "450", "1200"),
    "jobs": ("900", "6000", "22000"),
    "several_sites": ("yes", "no"),
    "security": ("Runners have no way out.", "Images come from one registry.", "Single sign-on is required."),
    "data_place": ("Germany", "United States", "Australia"),
    "tool_scm": ("Subversion", "Gitea", "A hosted tool"),
    "tool_cd": ("Ansible", "Scripts"),
    "tool_monitoring": ("Prometheus", "Nagios"),
    "tool_agile": ("Jira", "A whiteboard"),
}  # fmt: skip
