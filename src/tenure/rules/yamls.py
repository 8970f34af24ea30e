"""YAML 1.2 text -> plain data plus the line of every part of it.

ruamel.yaml composes the nodes; the plain scalars are read here, by the core schema of YAML 1.2 and ISO dates, so
that `no` stays a word (Norway) and `1e3` does not become a surprise.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from datetime import date
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tenure.rules.errors import Finding

Path = tuple[str | int, ...]
Lines = dict[Path, int]

_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NAMED: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


def read(text: str, file: str) -> tuple[Any, Lines, list[Finding]]:
    """Parse one YAML document. Returns the data, the line of each path, and findings (HB001) for broken YAML,
    a key given twice, or a date that does not exist."""
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return None, {}, [Finding("HB001", "error", f"not valid YAML: {error.problem}", file, "", line)]
    except YAMLError as error:
        return None, {}, [Finding("HB001", "error", f"not valid YAML: {error}", file)]
    reader = _Reader(file)
    data = None if root is None else reader.value(root, ())
    return data, reader.lines, reader.findings


# A pack has about 90 files, most of them the same when one was changed. Nobody changes what this gives.
read_once = lru_cache(maxsize=256)(read)


def dotted(path: Path) -> str:
    """`("rules", "tier", "rows", 0)` -> `rules.tier.rows[0]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def line_of(lines: Lines, path: Path) -> int:
    """The line of `path`, or of the nearest part above it that the file has."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0)


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: Lines = {}
        self.findings: list[Finding] = []

    def value(self, node: Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, ScalarNode) else None
            if not isinstance(key, Hashable) or not isinstance(key, str):
                self._wrong(path, key_node, "a key must be a plain word")
                continue
            here = (*path, key)
            if key in found:
                self._wrong(here, key_node, f"'{key}' stands twice here")
            self.lines[here] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, here)
        return found

    def _scalar(self, node: Node, path: Path) -> Any:
        text: str = node.value
        if isinstance(node, ScalarNode) and node.style is not None:  # quoted or a block: always text
            return text
        if text.lower() in _NAMED and (text == text.lower() or text in ("True", "False", "Null")):
            return _NAMED[text.lower()]
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        if _DATE.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                self._wrong(path, node, f"there is no day {text}")
        return text

    def _wrong(self, path: Path, node: Node, message: str) -> None:
        self.findings.append(Finding("HB001", "error", message, self.file, dotted(path), node.start_mark.line + 1))
