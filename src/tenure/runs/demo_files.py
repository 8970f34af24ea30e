"""Small files that the demo company's people keep with their work: slides of a review, notes, lists. Really what their endings say."""

from random import Random

from tenure.models import Activity, CallToAction

HEAD = "%PDF-1.4\n"
TEAMS = ("Platform", "Payments", "Mobile", "Data", "Security", "Web")


def of_entry(entry: Activity, chance: Random) -> tuple[str, bytes]:
    """Name and content of a file for an entry of the timeline."""
    day, name = f"{entry.happened_at:%Y-%m-%d}" if entry.happened_at else "", entry.account.name
    if entry.kind == "ebr":
        lines = (
            f"Business review with {name}",
            day,
            "",
            "1. What was agreed last time",
            "2. Use and adoption",
            "3. Plans until the next review",
        )
        return f"Business review {day}.pdf", pdf(lines)
    if chance.random() < 0.5:
        return f"Adoption by team {day}.csv", adoption(chance)
    return f"Agenda {day}.txt", f"{entry.subject}, {name}\n\n1. Open tickets\n2. Upgrade plan\n3. Questions\n".encode()


def of_work(cta: CallToAction, chance: Random) -> tuple[str, bytes]:
    """Name and content of a file for a call to action."""
    if cta.type == "renewal":
        rows = "\n".join(f"{year},{chance.randrange(60, 95)}" for year in ("Last year", "This year"))
        return "Seats in use.csv", f"Term,Per cent of seats\n{rows}\n".encode()
    return (
        "What was said.txt",
        f"{cta.account.name}\n\nNotes for the talk with their sponsor:\n- what has changed\n- what they need by when\n".encode(),
    )


def adoption(chance: Random) -> bytes:
    """Who uses how much, as CSV."""
    rows = [f"{team},{chance.randrange(8, 90)},{chance.randrange(20, 100)}" for team in TEAMS]
    return "\n".join(["Team,People,Per cent who use pipelines", *rows, ""]).encode()


def pdf(lines: tuple[str, ...]) -> bytes:
    """One page of text as PDF."""
    shown = " ".join(f"({_plain(line)}) Tj T*" for line in lines)
    text = f"BT /F1 14 Tf 24 TL 56 760 Td {shown} ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    body, places = HEAD, []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{one}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    return f"{body}xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n".encode(
        "ascii"
    )


def _plain(text: str) -> str:
    """Text of a PDF: ASCII, with its brackets marked."""
    known = text.encode("ascii", "replace").decode()
    return known.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
