"""Words that the demo company's names are made of. Invented; a likeness to a real company would be chance."""

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


def company(number: int, trade: str, country: str) -> str:
    """The ``number``-th company name; a name repeats only after all of its kind were used (then with a numeral)."""
    heads, tails = len(HEADS), len(TAILS)
    mixed = number * 7919 % (heads * tails)
    name = f"{HEADS[mixed % heads]} {TAILS[mixed // heads]}"
    again = number // (heads * tails)
    form = FORMS.get(country, "Inc." if country.startswith("US") else "")
    return " ".join(part for part in (name, trade, form, str(again + 1) if again else "") if part)
