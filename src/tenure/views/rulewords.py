"""Template filters of the handbook's pages: names and cells of the files as words for people."""

import re
from typing import Any

from django import template

from tenure.queries import ruletable
from tenure.rules.packs import Pack
from tenure.rules.parts import Output

register = template.Library()
NUMBER = re.compile(r"(?<![\w.,-])\d{4,}(?![\w,-])")


@register.filter
def file_words(file: str) -> str:
    """``service_tiers.yaml`` -> ``Service tiers``."""
    text = " ".join(ruletable.INITIALS.get(part, part) for part in file.rsplit("/", 1)[-1].removesuffix(".yaml").split("_"))
    return text[:1].upper() + text[1:]


@register.filter
def spoken(text: str, pack: Pack) -> str:
    """Words joined by commas, each for people: roles by their title."""
    return ", ".join(ruletable.spoken(word, pack) for word in text.split(", ")) if text else ""


@register.filter
def cell_words(raw: Any, unit: str = "") -> str:
    """The raw value of a file: ``> 50000`` -> ``> 50,000``, with the sign of the money that the unit names."""
    text = ", ".join(str(item) for item in raw) if isinstance(raw, list) else str(raw)
    sign = ruletable.SIGNS.get(unit[:3], "")
    grouped = NUMBER.sub(lambda match: f"{sign}{int(match[0]):,}", text)
    return grouped.replace(">=", "≥").replace("<=", "≤")


@register.filter
def output_label(output: Output, pack: Pack) -> str:
    """An output as a column head: ``TAM basis``."""
    return ruletable.label(output.fact, pack)


@register.filter
def rule_title(name: str, pack: Pack) -> str:
    """The title of a rule, a dated value, a schedule or a playbook."""
    found = pack.rules.get(name) or pack.values.get(name) or pack.schedules.get(name) or pack.playbooks.get(name)
    return found.title if found else name
