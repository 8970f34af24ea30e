"""Who may write on the timeline."""

from tenure.models import Account, Activity, User
from tenure.queries import visible

LOG = "activity.log"


def may_log(user: User, account: Account) -> bool:
    """Whether the user may add entries: the capability, and the account is theirs, not only seen."""
    return visible.may_on(user, LOG, account)


def may_change(user: User, row: Activity) -> bool:
    """Whether the user may change or delete an entry: its author may, and whoever oversees others' work on the account.

    What a CRM tells is changed there.
    """
    return row.source == "tenure" and (row.owner_id == user.pk or oversees(user)) and may_log(user, row.account)


def oversees(user: User) -> bool:
    """Whether a role of the user reaches beyond the own accounts and may write on their timelines."""
    return any(role.sees in ("team", "all") and LOG in role.may for role in visible.roles_of(user))
