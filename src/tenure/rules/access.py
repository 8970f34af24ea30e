"""Who may do what: the pack's ``access.yaml``, role x capability. Loading the pack has checked it."""

from dataclasses import dataclass
from functools import lru_cache

from tenure.rules import packs
from tenure.rules.packs import Pack


@dataclass(frozen=True)
class Role:
    """A role of the handbook: ``sees`` is own_and_territory | team | all | cases | none; ``may`` are capability keys."""

    key: str
    title: str
    sees: str
    may: frozenset[str]
    landing: str = "home"


@lru_cache(maxsize=packs.KEPT)
def roles(pack: Pack) -> dict[str, Role]:
    """The roles by key, in the order of the file. A pack without ``access.yaml`` takes the shipped one."""
    section = pack.sections.get("access") or packs.load().sections["access"]
    return {
        key: Role(key, row["title"], row["sees"], frozenset(row.get("may") or ()), row.get("landing", "home"))
        for key, row in section["roles"].items()
    }
