"""Tiny packs, written for one test each."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tenure.rules.packs import Pack, load

HANDBOOK = """
name: A small handbook
currency: USD
products_source: Price list
products:
  - {key: Core, aliases: [Free]}
  - {key: Starter, aliases: [Bronze]}
  - {key: Premium, aliases: [Silver]}
  - {key: Ultimate, aliases: [Gold]}
segments_source: Sales
segments: [{key: SMB}, {key: Mid-Market, aliases: [MM]}, {key: Large}, {key: Strategic}]
regions_source: Sales
regions: [{key: EMEA, countries: [DE, "NO"]}, {key: APAC, countries: [JP]}]
"""

TIERS = """
values:
  floor:
    title: Floor of tier 1
    unit: USD
    source: Page
    values:
      - {from: 2018-06-01, value: ">= 100000"}
      - {from: 2020-01-01, value: "> 50000", source: Later page}
rules:
  tier:
    title: Tier
    source: Page, Tiers
    outputs: [{name: tier, type: enum, values: [Low, High]}]
    monotone: {arr: up}
    editions:
      - from: 2018-06-01
        rows:
          - {when: {arr: "@floor"}, then: High}
          - {then: Low}
"""

MakePack = Callable[..., Pack]


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a pack; `handbook.yaml` unless given."""
    for name, text in {"handbook.yaml": HANDBOOK, **files}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def rule_yaml(rows: str, *, values: str = "[A, B, C]", hit: str = "first", name: str = "r", extra: str = "") -> str:
    """A rule with one enum output and one edition; `rows` is YAML, one row per line."""
    lines = "\n".join(f"          - {line.strip()}" for line in rows.strip().splitlines())
    return (
        f"rules:\n  {name}:\n    title: Rule {name}\n    source: Page\n    outputs: [{{name: {name}, type: enum, values: {values}}}]\n"
        f"{extra}    editions:\n      - from: 2018-06-01\n        hit: {hit}\n        rows:\n{lines}\n"
    )


@pytest.fixture
def make_pack(tmp_path: Path) -> MakePack:
    """`make_pack(rules="...yaml...", **{"examples/x.yaml": ...})`: a loaded pack of these files."""

    def make(text: str = TIERS, **files: str) -> Pack:
        return load(write(tmp_path, {"rules.yaml": text, **files}))

    return make
