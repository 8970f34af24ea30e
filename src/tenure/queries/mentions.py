"""People named in a text: ``@[Tam Technical]``."""

import re
from collections.abc import Callable
from itertools import islice

from tenure.models import Account, User
from tenure.queries import people

MENTION = re.compile(r"@\[([^\[\]\n]{1,200})\]")
SEEN = "account.view"


def names(text: str) -> set[str]:
    """The names in a text, in lower case."""
    return {" ".join(name.split()).lower() for name in MENTION.findall(text)}


def named(text: str, account: Account) -> list[User]:
    """The people that a text names and who see the account. Two people of the same name are both meant; a name that nobody who
    sees the account has stays a word."""
    wanted = names(text)
    return [user for user in people.seeing(account, SEEN) if user.name.lower() in wanted] if wanted else []


def like(text: str, account: Account, reads: Callable[[User], bool] = lambda user: True, size: int = 8) -> list[User]:
    """People to suggest: who see the account, may read what is written (``reads``) and have a word of their name begin as typed."""
    typed = text.strip().lower()
    found = (
        user
        for user in people.seeing(account, SEEN)
        if any(word.startswith(typed) for word in [user.name.lower(), *user.name.lower().split()]) and reads(user)
    )
    return list(islice(found, size))
