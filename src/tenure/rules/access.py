"""Who may do what: the pack's ``access.yaml``, role x capability."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ruamel.yaml import YAML

SHIPPED = Path(__file__).resolve().parent.parent / "handbook" / "gitlab"


@dataclass(frozen=True)
class Role:
    """A role of the handbook: ``sees`` is own_and_territory | team | all | cases | none; ``may`` are capability keys."""

    key: str
    title: str
    sees: str
    may: frozenset[str]
    landing: str = "home"


@lru_cache(maxsize=8)
def roles(pack: Path | None = None) -> dict[str, Role]:
    """The roles by key, in the order of the file. A pack without ``access.yaml`` takes the shipped one."""
    path = (pack or SHIPPED) / "access.yaml"
    if not path.exists():
        path = SHIPPED / "access.yaml"
    text = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return {
        key: Role(key, row["title"], row["sees"], frozenset(row.get("may") or ()), row.get("landing", "home"))
        for key, row in text["roles"].items()
    }
