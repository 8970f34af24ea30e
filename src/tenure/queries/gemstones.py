"""What comes with a gemstone by the handbook: the level of service."""

from datetime import date
from functools import lru_cache
from typing import Any

from tenure.rules.errors import RuleError
from tenure.rules.explain import explain, spoken
from tenure.rules.packs import Pack

SERVICE = {
    "tam_calls": "TAM calls", "who_joins": "Who joins", "outreach": "Outreach", "customer_project": "Customer project",
    "on_site": "On site", "remote_support": "Remote support", "onboarding_days": "Onboarding days",
}  # fmt: skip


@lru_cache(maxsize=256)
def service_of(gemstone: str, pack: Pack, as_of: date) -> list[tuple[str, str]]:
    """What comes with a gemstone by the handbook of the day: (what, how); empty where the handbook doesn't say."""
    try:
        found = explain({"gemstone": gemstone}, pack, as_of, ["gem_service"])["gem_service"]
    except RuleError:
        return []
    return [(title, spoken(found.outputs[name])) for name, title in SERVICE.items() if found.outputs.get(name) is not None]


@lru_cache(maxsize=256)
def service_since(pack: Pack, as_of: date) -> dict[str, Any]:
    """From which editions the level of service stands and how often calls are due: pages of different years, which may disagree."""
    rule, calls = pack.in_force(as_of).get("gem_service"), pack.running(as_of).get("cadence_call")
    return {
        "rule": rule.edition.start if rule else None,
        "source": rule.source if rule else "",
        "calls": calls.edition.start if calls else None,
    }
