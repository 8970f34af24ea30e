"""Who may do what with a hand-over: the side on which one stands, and who stands above both."""

from dataclasses import dataclass

from tenure.models import Account, Assignment, HandOver, User
from tenure.queries import handbook, handovers_states, visible

VIEW, EDIT, ASSIGN = "handover.view", "handover.edit", "account.assign"


@dataclass(frozen=True)
class Sides:
    """What somebody may do with one hand-over. ``giver``, ``taker``: the side on which they stand; ``wide``: their role sees the account as
    its team's, or everything; ``edit``: they may keep its list; ``assign``: they may say who is on the account."""

    edit: bool = False
    giver: bool = False
    taker: bool = False
    wide: bool = False
    assign: bool = False

    @property
    def takes(self) -> bool:
        """Whether they may accept it or send it back."""
        return self.edit and (self.taker or self.wide)

    @property
    def offers(self) -> bool:
        """Whether they may offer it."""
        return self.edit and self.giver

    @property
    def ends(self) -> bool:
        """Whether they may call it off, and say who gives and who takes."""
        return self.edit and (self.giver or self.taker or self.wide)


def of(user: User, row: HandOver) -> Sides:
    """The side of a person: the one who gives or takes, and everybody who has that role on the account (for the solutions architect hands
    over as well as the account executive). Between two of the same role only the two themselves. A few queries."""
    rights = visible.rights_on(user, row.account)
    if EDIT not in rights:
        return Sides()
    shape = handovers_states.shape(row, handbook.pack())
    held = set(Assignment.objects.filter(account=row.account_id, user=user, until_date=None).values_list("role", flat=True))
    giving, taking = set[str](), set[str]()
    if shape is not None and shape.giver != shape.taker:
        giving = {shape.giver, *(item.by for item in shape.items if item.side == "giver")} - {shape.taker}
        taking = {shape.taker}
    wide = any(EDIT in role.may and role.sees in ("team", "all") for role in visible.roles_of(user))
    return Sides(
        True,
        user.pk == row.giver_id or bool(held & giving),
        user.pk == row.taker_id or bool(held & taking),
        wide,
        ASSIGN in rights,
    )


def may_start(user: User, account: Account) -> bool:
    """Whether a person may begin one."""
    return visible.may_on(user, EDIT, account)
