"""In which order something takes its locks: two who take them in another order wait for each other for ever."""

import re

from django.test.utils import CaptureQueriesContext


def taken(queries: CaptureQueriesContext, table: str) -> list[str]:
    """What was locked, in the order in which it was locked first: locks by name, and rows of a table. On PostgreSQL."""
    found = re.compile(rf"hashtext\('(\w+)'\)|tenure_({table})\".*FOR NO KEY UPDATE")
    matches = [match for one in queries.captured_queries if (match := found.search(one["sql"]))]
    return list(dict.fromkeys(match[1] or match[2] for match in matches))
