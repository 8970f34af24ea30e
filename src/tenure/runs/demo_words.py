"""Words that the demo company's names and notes are made of. Invented; a likeness to a real company would be chance."""

from random import Random

HEADS = (
    "Alder Amber Anchor Apple Arbor Ash Aspen Aurora Badger Bamboo Barley Basalt Bay Beacon Birch Blue Bramble Bright Bronze Brook "
    "Buckle Butter Canyon Cedar Chalk Cherry Cinder Clay Clear Clover Cobalt Copper Coral Cotton Crane Crescent Crimson Crystal "
    "Cypress Dapple Dawn Delta Dune Eagle Early Ebony Echo Elder Elm Ember Emerald Falcon Fallow Feather Fern Field Finch Flint "
    "Forest Fox Frost Gable Garnet Ginger Glade Golden Granite Green Grey Harbour Hazel Heather Heron High Hollow Honey Indigo Iron "
    "Ivory Ivy Jade Juniper Kestrel Kite Lantern Larch Laurel Lemon Lilac Linden Lodestar Long Lunar Maple Marble Meadow Mill Mint "
    "Mistral Moor Moss North Oak Ochre Olive Onyx Opal Orchard Osprey Otter Pebble Pepper Pine Plum Poplar Prairie Quarry Quill "
    "Raven Red Reed River Robin Rook Rowan Russet Saffron Sage Salt Sand Scarlet Sedge Silver Slate Sorrel South Sparrow Spruce"
).split()
TAILS = (
    "Arch Bank Bend Bridge Brook Burrow Cape Castle Cliff Coast Corner Court Creek Crest Cross Dale Dell Edge Falls Fen Field Ford "
    "Gate Glen Grove Hall Harbour Haven Heath Hill Hollow House Isle Junction Keep Lake Landing Lane Lea Ledge Light Marsh Mead Mill "
    "Moor Mount Park Pass Point Pool Port Quay Reach Ridge Rise Rock Shore Spring Square Stone Strand Summit"
).split()
TRADES = {
    "Logistics": "Transport", "Freight": "Transport", "Rail": "Transport", "Air": "Transport", "Foods": "Food", "Bakeries": "Food",
    "Dairy": "Food", "Drinks": "Food", "Biotech": "Life sciences", "Pharma": "Life sciences", "Diagnostics": "Life sciences",
    "Clinics": "Health", "Care": "Health", "Insurance": "Insurance", "Mutual": "Insurance", "Bank": "Banking", "Payments": "Banking",
    "Credit": "Banking", "Robotics": "Machinery", "Tools": "Machinery", "Engines": "Machinery", "Motors": "Automotive",
    "Batteries": "Automotive", "Chips": "Semiconductors", "Optics": "Semiconductors", "Networks": "Telecoms", "Mobile": "Telecoms",
    "Energy": "Energy", "Solar": "Energy", "Grid": "Energy", "Water": "Utilities", "Steel": "Materials", "Paper": "Materials",
    "Chemicals": "Materials", "Textiles": "Retail", "Stores": "Retail", "Markets": "Retail", "Fashion": "Retail", "Media": "Media",
    "Games": "Media", "Press": "Media", "Studios": "Media", "Software": "Software", "Systems": "Software", "Data": "Software",
    "Labs": "Software", "Security": "Software", "Travel": "Travel", "Hotels": "Travel", "Learning": "Education",
}  # fmt: skip
PUBLIC = (
    "City Council",
    "County Office",
    "Transit Authority",
    "Public Library",
    "Health Service",
    "Water Board",
    "University",
    "Museum",
)
FORMS = {
    "DE": "GmbH", "AT": "GmbH", "CH": "AG", "NL": "BV", "BE": "NV", "SE": "AB", "NO": "AS", "DK": "A/S", "FI": "Oy", "GB": "Ltd",
    "IE": "Ltd", "FR": "SAS", "ES": "SL", "IT": "SpA", "PT": "SA", "PL": "SA", "ZA": "Ltd", "AE": "LLC", "JP": "KK", "KR": "Co.",
    "TW": "Co.", "AU": "Pty", "NZ": "Ltd", "SG": "Pte", "IN": "Ltd", "ID": "PT", "CA": "Inc.",
}  # fmt: skip

FIRST_NAMES = (
    "Aaron Abena Adele Aiko Alma Amara Amir Ana Anders Anouk Arjun Astrid Ayse Beatriz Ben Bianca Bruno Camille Carlos Chen Chloe "
    "Dalia Daniel Diego Dora Edwin Elena Elif Emeka Emil Erika Esther Farah Felix Fiona Freya Gina Goran Grace Hanna Haruto Helga "
    "Ibrahim Ines Ingrid Isak Ivana Jana Jesper Jin Joana Jonas Kamal Karin Keiko Kofi Lars Laura Leila Lin Lucas Luisa Magnus Maja "
    "Malik Marco Marta Mei Mika Milan Mira Nadia Naoki Neha Nils Noor Nora Olive Omar Oskar Paula Pedro Petra Priya Quinn Rafael "
    "Rana Rosa Ruben Sami Sara Selma Simon Sofia Stefan Suki Tariq Tessa Theo Tomas Uma Vera Viktor Wanda Wei Yara Yusuf Zoe"
).split()
LAST_NAMES = (
    "Abara Acosta Adler Almeida Andersen Arslan Bauer Becker Bello Berg Blanc Borges Brandt Castel Chowdhury Costa Dahl Danso Diaz "
    "Dubois Eriksen Esposito Farkas Ferrer Fischer Fofana Fujita Garcia Ghosh Greco Gupta Haddad Hansen Haugen Hoffman Horvat Ibarra "
    "Ishida Ivanova Jansen Jensen Kaplan Kato Keller Khan Kim Koch Kovac Kumar Lambert Larsen Lehto Lima Lindgren Lopez Lund Mahdi "
    "Marino Martel Mbeki Mendes Meyer Mori Moreau Nagy Nair Navarro Nguyen Novak Nyberg Obi Okada Olsen Osei Ozturk Park Patel Perez "
    "Petrov Popa Quist Rahman Ramos Reyes Ricci Rossi Roux Ruiz Sato Schmid Sharma Silva Singh Soto Strand Suzuki Szabo Tanaka Torres "
    "Tran Turan Vargas Vidal Vogel Wagner Walsh Weber Wolff Wong Yamada Yilmaz Zhang Zimmer"
).split()

# title, role at the customer
JOBS = (
    ("Head of IT", "Decision maker"), ("Chief technology officer", "Executive sponsor"), ("Director of engineering", "Decision maker"),
    ("Platform lead", "Champion"), ("Development manager", "Champion"), ("System administrator", "Administrator"),
    ("Release engineer", "User"), ("Security officer", "Security"), ("Procurement manager", "Procurement"), ("Accounts payable", "Billing"),
)  # fmt: skip
SALUTATIONS = ("Mr", "Ms", "Dr")

CALL_SUBJECTS = (
    "Cadence call", "Onboarding call", "Health check", "Upgrade planning", "Quarterly review", "Adoption review", "Renewal outlook"
)  # fmt: skip
TICKET_SUBJECTS = (
    "Runner does not pick up jobs", "Slow merge requests page", "LDAP group sync stops", "Upgrade to the next major release",
    "Backup fails on large repositories", "Licence count differs", "Pages certificate expired", "Mirror is behind", "Webhook time-outs",
)  # fmt: skip

# What people write when they work: subjects and notes by schedule, outcomes, remarks, answers.
SUBJECTS = {
    "cadence_call": ("Cadence call", "Cadence call: upgrade plans", "Cadence call: tickets and questions", "Cadence call: adoption"),
    "health_update": ("Health update",), "am_follow_up": ("Follow-up", "Any questions on the last release?"),
    "business_review": ("Executive business review",), "at_risk_update": ("At-risk update",), "non_engaged_customer": ("Back in touch",),
}  # fmt: skip
TALK = (
    "Pipelines moved to the new runners; build times are down by a third.",
    "They plan an upgrade next quarter and want to see the rollback first.",
    "Two tickets are open with Support, both answered within the day.",
    "A second team starts this month and asks for a workshop.",
    "Security wants dependency scanning in every project by the end of the year.",
    "They asked about licences for contractors; Sales will answer.",
    "Merge requests are slow on large repositories: an issue is linked.",
    "New administrator since last month; introductions done.",
)
MOODS = {
    "green": ("On course, no surprises.", "Happy with the pace, more teams are asking to join."),
    "yellow": ("The roll-out has slowed down since the reorganisation.", "Waiting for a decision on the budget."),
    "red": (
        "Our sponsor has left and nobody has taken over yet.",
        "They compare us with another tool and want an answer this month.",
    ),
}
NEXT = (
    "Send the upgrade guide",
    "Invite the security lead",
    "Check the licence count",
    "Prepare the workshop",
    "Ask Support for a date",
)
NOTES = {"closed_success": "", "closed_not_relevant": "Not needed here", "closed_already_solved": "Was sorted out on a call"}
REMARKS = (
    "Spoke to procurement, they need the figures by Friday.", "Waiting for their security review.", "Sales is in the loop.",
    "Moved this up, the customer asked for it.", "Their administrator is away until next week.",
)  # fmt: skip
ANSWERS = (
    "Agreed with the customer",
    "See the notes of the call",
    "Discussed with the account executive",
    "One tool for the whole chain",
)
SAID = (
    ("feature_request", "Would like to see the cost of runners per project."), ("product", "Search over all projects is too slow to be useful."),
    ("release", "The new review screen saves them an hour a day."), ("support", "Praised how fast the last outage was handled."),
    ("price", "Finds the step between the tiers too high for a small team."), ("feature_request", "Asks for approval rules per folder."),
    ("service", "Wants the notes of each call on the same day."), ("product", "Upgrades need too long a maintenance window."),
)  # fmt: skip

# What a manager asks about open work, and what its owner answers; each names the other.
TALKS = (
    ("@[{name}], what do they need from us to go on?", "@[{name}], a date for the security review. I have asked twice, the third time by phone on Monday."),
    ("@[{name}], can this wait until after their release?", "@[{name}], yes, they asked for it. I keep the call short and move the rest."),
    ("@[{name}], who speaks for them since the reorganisation?", "@[{name}], the head of platform. The introduction is done, the next call is with her."),
    ("Finance asks about this one, @[{name}].", "@[{name}], the figures are in the file below. Nothing has changed since the last call."),
)  # fmt: skip
ISSUE = "https://issues.demo.example/{}"
# Workshops and notes: subject, text
WORKSHOPS = (
    ("Workshop: pipelines for every team", "Two templates were agreed, and who moves first.\n\n- The platform team keeps the templates\n- Next one in a quarter"),
    ("Workshop: upgrade without downtime", "Went through the plan and the way back, step by step, on their staging system."),
    ("Workshop: scanning in merge requests", "Nine people from security and development. Findings are triaged by the teams themselves from now on."),
)  # fmt: skip
JOTTED = (
    ("Change of sponsor", "The new head of IT came from a company that used us. Ask for a first meeting."),
    ("Their calendar", "Freeze from mid December to the first week of January."),
    ("Overheard at their user group", "Two teams plan to move their repositories by themselves. Offer help before they do."),
)  # fmt: skip


def entry(schedule: str, feeling: str, chance: Random) -> tuple[str, str]:
    """Subject and Markdown notes of an entry that does what a schedule asked for."""
    subject = chance.choice(SUBJECTS[schedule])
    mood = chance.choice(MOODS[feeling])
    if schedule in ("health_update", "at_risk_update"):
        return subject, mood
    if schedule == "am_follow_up":
        return subject, chance.choice(TALK)
    lines = chance.sample(TALK, chance.choice((2, 3)))
    news = "\n".join(f"- {line}" for line in lines)
    return subject, f"## News from the customer\n{news}\n\n## Health\n{mood}\n\n## Next steps\n- {chance.choice(NEXT)}"


def company(number: int, trade: str, country: str) -> str:
    """The ``number``-th company name; a name repeats only after all of its kind were used (then with a numeral)."""
    heads, tails = len(HEADS), len(TAILS)
    mixed = number * 7919 % (heads * tails)
    name = f"{HEADS[mixed % heads]} {TAILS[mixed // heads]}"
    again = number // (heads * tails)
    form = FORMS.get(country, "Inc." if country.startswith("US") else "")
    return " ".join(part for part in (name, trade, form, str(again + 1) if again else "") if part)


KICK_OFF = (
    "Kick-off",
    "Why they bought, which tools they use today, what they want to reach in the first half year, and who decides.",
)
ON_HOLD = "Waits for the customer's new data centre."
LEARNT = (
    ("Two teams had migrated before we came; the third waits for its runners.", "Ask for runners before the kick-off."),
    ("Single sign-on took three weeks.", "Bring the administrator into the first call."),
    ("Began small, with one champion, and grew by word of mouth.", "Name the champion in the hand-over."),
    ("Moved from self-written scripts to pipelines without a break.", "Show the migration guide early."),
    ("The sponsor changed in the middle of it.", "Know a second stakeholder from the first week on."),
)
