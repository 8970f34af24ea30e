"""Which columns of a file become which fields: the shape of a mapping, written in YAML or chosen on the page, and how it is applied."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from tenure.actions.imports_specs import SPECS
from tenure.actions.refusals import Refused

# Fields of ``charge`` and of histories that no table has.
MORE_FIELDS = {"charge": {"subscription_ref", "group"}}
OTHERS = "*"  # in ``map``: every text that isn't named


class Take(BaseModel):
    """Where a field's value comes from: the first of ``column`` that isn't blank in the row, else ``parts`` with blanks between."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    format: str = ""
    map: dict[str, str | bool | int | None] | None = None
    default: str | int | bool | None = None
    only: str = ""  # a regular expression: other texts count as blank
    times: int = 1
    optional: bool = False  # the file may lack the column

    @field_validator("column", "parts", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _from_somewhere(self) -> "Take":
        if not self.column and not self.parts and self.default is None:
            raise ValueError("give 'column', 'parts' or 'default'")
        return self

    @field_validator("only")
    @classmethod
    def _is_expression(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"'{value}' is not a regular expression ({error})") from error
        return value


class FileMapping(BaseModel):
    """How files of one name become rows of one noun. ``where``: only rows whose column holds one of these texts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: tuple[str, ...]
    noun: str
    columns: dict[str, Take]
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    keep_unknown: bool = False
    currency: str = ""

    @field_validator("match", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("noun")
    @classmethod
    def _known_noun(cls, value: str) -> str:
        if value not in SPECS:
            raise ValueError(f"'{value}' can't be imported; known are {', '.join(SPECS)}")
        return value

    @field_validator("columns", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {key: {"column": take} if isinstance(take, str | list | tuple) else take for key, take in value.items()}

    @field_validator("where", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {
            key: tuple(str(v) for v in (texts if isinstance(texts, list | tuple) else [texts])) for key, texts in value.items()
        }

    @model_validator(mode="after")
    def _known_fields(self) -> "FileMapping":
        unknown = sorted(set(self.columns) - set(field_names(self.noun)))
        if unknown:
            raise ValueError(
                f"{SPECS[self.noun].title} have no field {', '.join(unknown)}; known are {', '.join(field_names(self.noun))}"
            )
        return self

    @property
    def used(self) -> set[str]:
        """The columns that are read into fields."""
        return {column for take in self.columns.values() for column in (*take.column, *take.parts)}

    def takes(self, name: str) -> bool:
        """Whether a file or sheet of this name is meant."""
        names = (name.rsplit("/", 1)[-1].lower(), name.lower())
        return any(one.lower() in names or any(fnmatchcase(name, one.lower()) for name in names) for one in self.match)


class MappingFile(BaseModel):
    """A mapping file: the source's name and its files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(max_length=40)
    files: tuple[FileMapping, ...]


def field_names(noun: str) -> list[str]:
    """What a mapping may name for a noun: money without ``_minor`` (amounts in a file are in major units)."""
    spec = SPECS[noun]
    names = ["external_id", *(name.removesuffix("_minor") for name in spec.names), *(ref.name for ref in spec.refs)]
    names += ["deleted"] if spec.deletable or noun == "user" else []
    return names + sorted(MORE_FIELDS.get(noun, set()))


def load(path: Path) -> MappingFile:
    """A mapping file. Raises Refused with the place of each mistake."""
    try:
        text = path.read_text(encoding="utf-8")
        data = YAML(typ="safe").load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} can't be read: {error}.", "invalid", "mapping") from None
    except YAMLError as error:
        mark, said = (error.problem_mark, error.problem) if isinstance(error, MarkedYAMLError) else (None, None)
        where = f", line {mark.line + 1}" if mark else ""
        raise Refused(f"{path.name}{where}: this is not YAML. {said or ''}".strip(), "invalid", "mapping") from None
    return parse(data, path.name)


def parse(data: Any, name: str) -> MappingFile:
    """A mapping from plain data. Raises Refused with the place of each mistake."""
    if not isinstance(data, Mapping):
        raise Refused(f"{name}: a mapping has 'source' and 'files'.", "invalid", "mapping")
    try:
        return MappingFile.model_validate(data)
    except ValidationError as error:
        raise Refused(
            "\n".join(f"{name}: {_place(part['loc'])}: {_said(part['msg'])}" for part in error.errors()), "invalid", "mapping"
        ) from None


def _place(location: Iterable[int | str]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "the file"


def _said(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".") + "."
