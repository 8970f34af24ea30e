"""Numbers of the demo company's accounts and people: 1, 2, 3 wherever it is built. Its chance is sown with them and not with the keys of rows,
so that the same seed gives the same company in a database that has had others."""

from tenure.models import Account, User


def accounts() -> int:
    """What to take from an account's key to have its number."""
    return (Account.objects.order_by("pk").values_list("pk", flat=True).first() or 1) - 1


def people() -> int:
    """What to take from a person's key to have their number."""
    return (User.objects.order_by("pk").values_list("pk", flat=True).first() or 1) - 1
