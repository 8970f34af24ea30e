"""Who may do what: the pack's ``access.yaml``, role x capability. Loading the pack has checked it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tenure.rules import packs
from tenure.rules.building import ACCESS, Builder
from tenure.rules.packs import Pack


@dataclass(frozen=True)
class Role:
    """A role of the handbook: ``sees`` is own_and_territory | team | all | cases | none; ``may`` are capability keys; ``engages`` are the roles
    that it may name, by ``team.engage``, where it works on the account itself."""

    key: str
    title: str
    sees: str
    may: frozenset[str]
    landing: str = "home"
    engages: frozenset[str] = frozenset()


@lru_cache(maxsize=packs.KEPT)
def roles(pack: Pack) -> dict[str, Role]:
    """The roles by key, in the order of the file. A pack without ``access.yaml`` takes the shipped one."""
    return _roles(pack.sections.get("access") or packs.load().sections["access"])


def roles_of_broken(path: str | Path | None) -> dict[str, Role]:
    """The roles of a pack whose other files can't be read, so that what is wrong is told to those who may see the handbook. None where
    ``access.yaml`` itself is broken or missing."""
    file = (packs.shipped() if path is None else Path(path)).joinpath(ACCESS)
    builder = Builder()
    if file.is_file():
        builder.read_file(file.read_text(encoding="utf-8"), ACCESS)
    section = builder.sections.get("access")
    return {} if builder.findings or not section else _roles(section)


def _roles(section: Mapping[str, Any]) -> dict[str, Role]:
    return {
        key: Role(
            key,
            row["title"],
            row["sees"],
            frozenset(row.get("may") or ()),
            row.get("landing", "home"),
            frozenset(row.get("engages") or ()),
        )
        for key, row in section["roles"].items()
    }
