"""Membership in a long list of ids as one parameter of the query instead of thousands."""

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, F, Lookup


class Among(Lookup[bool]):
    """A condition for ``filter``: the whole number in the column ``field`` is one of ``ids``."""

    lookup_name = "among"
    prepare_rhs = False
    output_field = BooleanField()

    def __init__(self, field: str, ids: Sequence[int]) -> None:
        super().__init__(F(field), list(ids))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Both databases read one list; PostgreSQL enters its index once per id, as for an IN with few values."""
        column, given = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{column} = any(%s::bigint[])", (*given, self.rhs)
        return f"{column} in (select value from json_each(%s))", (*given, json.dumps(self.rhs))  # noqa: S608 - a column's name
