"""Reading words of sources as words of the handbook, and telling what could not be read."""

from collections.abc import Callable

import polars as pl

SCHEMA = {"account": pl.Int64, "fact": pl.String, "value": pl.String, "message": pl.String}


class Problems:
    """Collects what could not be read: per account the fact, the value found and a sentence."""

    def __init__(self) -> None:
        self.parts: list[pl.DataFrame] = []

    def add(self, rows: pl.DataFrame, fact: str, value: str, message: Callable[[str], str]) -> None:
        """Every row of ``rows`` (with ``account`` and the text column ``value``) has a problem with ``fact``."""
        if not rows.height:
            return
        texts = {text: message(text or "") for text in rows[value].unique().to_list()}
        found = rows.select("account", pl.lit(fact).alias("fact"), pl.col(value).alias("value"))
        told = pl.Series("message", [texts[text] for text in found["value"].to_list()], dtype=pl.String)
        self.parts.append(found.with_columns(told))

    def frame(self) -> pl.DataFrame:
        """All problems; several of one account and fact are told once."""
        if not self.parts:
            return pl.DataFrame(schema=SCHEMA)
        return pl.concat([pl.DataFrame(schema=SCHEMA), *self.parts]).unique(
            ["account", "fact"], keep="first", maintain_order=True
        )


def translate(texts: pl.Series, known: Callable[[str], str | None]) -> pl.Series:
    """Each text as ``known`` reads it; null where blank or not known. Distinct texts are read once."""
    told = texts.to_list()
    words = {text: known(text) for text in set(told) if text}
    return pl.Series(texts.name, [words.get(text) for text in told], dtype=pl.String)
