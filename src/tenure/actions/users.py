"""People: making them, changing them, closing their log-in. Rights come from the roles that the handbook's ``access.yaml`` knows."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tenure.actions import bulk, events, passwords, sessions, summaries
from tenure.actions.refusals import Refused
from tenure.models import AccountSummary, Territory, User, UserRole
from tenure.queries import clock, visible

MANAGE = "user.manage"


@dataclass(frozen=True)
class Profile:
    """What an administrator says about a person; ``roles`` main role first, ``territories`` are ids."""

    email: str
    name: str
    title: str = ""
    region: str = ""
    roles: tuple[str, ...] = ()
    manager: int | None = None
    territories: tuple[int, ...] = ()


def create_first(email: str, name: str, password: str, *, at: datetime) -> User:
    """Make the administrator of an empty installation.

    Raises ``Refused`` ("conflict") when anybody exists already, also when two people try at the same time.
    """
    profile = Profile(passwords.check_address(email), _name(name), roles=("admin",))
    with transaction.atomic():
        bulk.lock("users")
        if User.objects.exists():
            raise Refused("Tenure has an administrator already. Log in instead.", "conflict")
        user = _insert(profile, password)
        events.record("user.created", "user", user.pk, at=at, actor=user, after=_told(profile), reason="first run")
    return user


def create(profile: Profile, *, actor: User | None, at: datetime) -> User:
    """Add a person, without a password: a link of ``queries.passwords`` sets one."""
    _check_right(actor)
    profile = _checked(profile, None)
    with transaction.atomic():
        bulk.lock("users")
        if User.objects.filter(email=profile.email).exists():
            raise Refused(f"{profile.email} is in use by another person.", "conflict", "email")
        user = _insert(profile, None)
        events.record("user.created", "user", user.pk, at=at, actor=actor, after=_told(profile))
    return user


def change(user: User, profile: Profile, *, actor: User | None, at: datetime) -> bool:
    """Write what differs; False when nothing does. Refused where it would leave nobody who can manage people."""
    _check_right(actor)
    profile = _checked(profile, user)
    before = profile_of(user)
    changed = [key for key, value in asdict(profile).items() if value != asdict(before)[key]]
    if not changed:
        return False
    with transaction.atomic():
        bulk.lock("users")
        if User.objects.filter(email=profile.email).exclude(pk=user.pk).exists():
            raise Refused(f"{profile.email} is in use by another person.", "conflict", "email")
        if not _grants(profile.roles):
            _keep_one_administrator(user, "roles")
        _write(user, profile)
        _follow(user, before.name, at)
        events.record(
            "user.changed", "user", user.pk, at=at, actor=actor,
            before={key: asdict(before)[key] for key in changed}, after={key: asdict(profile)[key] for key in changed},
        )  # fmt: skip
    return True


def deactivate(user: User, *, actor: User | None, at: datetime) -> None:
    """Close the log-in and end every session. Assignments stay as they are: they are shown to the actor first."""
    _check_right(actor)
    with transaction.atomic():
        bulk.lock("users")
        if not User.objects.filter(pk=user.pk, is_active=True).exists():
            raise Refused(f"The log-in of {user.name} is closed already.", "conflict")
        _keep_one_administrator(user, "")
        User.objects.filter(pk=user.pk).update(is_active=False)
        user.is_active = False
        sessions.end_all(user)
        events.record("user.deactivated", "user", user.pk, at=at, actor=actor)


def activate(user: User, *, actor: User | None, at: datetime) -> None:
    """Open the log-in again."""
    _check_right(actor)
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            raise Refused(f"The log-in of {user.name} is open already.", "conflict")
        user.is_active = True
        events.record("user.activated", "user", user.pk, at=at, actor=actor)


def change_self(user: User, *, name: str, title: str, at: datetime) -> bool:
    """What a person changes about themselves; False when nothing differs."""
    after = {"name": _name(name), "title": title.strip()}
    before = {"name": user.name, "title": user.title}
    if after == before:
        return False
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(**after)
        user.name, user.title = after["name"], after["title"]
        _follow(user, before["name"], at)
        events.record("user.changed", "user", user.pk, at=at, actor=user, before=before, after=after)
    return True


def prefer(user: User, *, theme: str, at: datetime) -> bool:
    """Looks: theme light | dark | system. False when it is so already."""
    if theme not in {"light", "dark", "system"}:
        raise Refused("Choose light, dark or the system's theme.", field="theme")
    after, before = {"theme": theme}, {"theme": user.theme}
    if after == before:
        return False
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(**after)
        user.theme = theme
        events.record("user.preferred", "user", user.pk, at=at, actor=user, before=before, after=after)
    return True


def profile_of(user: User) -> Profile:
    """The person as stored."""
    return Profile(
        user.email, user.name, user.title, user.region, tuple(user.role_keys), user.manager_id,
        tuple(sorted(user.territories.values_list("pk", flat=True))),
    )  # fmt: skip


def _check_right(actor: User | None) -> None:
    if actor is not None and not visible.may(actor, MANAGE):
        raise Refused("Only an administrator can change people.", "not_allowed")


def _checked(profile: Profile, user: User | None) -> Profile:
    """The profile in the form it is stored in, or what is wrong with it."""
    known = visible.roles()
    if unknown := [role for role in profile.roles if role not in known]:
        raise Refused(f"The handbook has no role {unknown[0]}.", field="roles")
    manager = User.objects.filter(pk=profile.manager).first() if profile.manager else None
    if profile.manager and manager is None:
        raise Refused("That manager isn't there any more.", "not_found", "manager")
    if user and manager and (manager.pk == user.pk or manager.pk in visible.team_ids(user)):
        raise Refused(f"{manager.name} reports to {user.name}, so can't be the manager.", field="manager")
    territories = tuple(sorted(set(profile.territories)))
    if Territory.objects.filter(pk__in=territories).count() != len(territories):
        raise Refused("One of the territories isn't there any more.", "not_found", "territories")
    return Profile(
        passwords.check_address(profile.email), _name(profile.name), profile.title.strip(), profile.region.strip(),
        tuple(dict.fromkeys(profile.roles)), profile.manager, territories,
    )  # fmt: skip


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= 200:
        raise Refused("Give a name of up to 200 characters.", field="name")
    return name


def _insert(profile: Profile, password: str | None) -> User:
    user = User(email=profile.email, name=profile.name)
    if password is None:
        user.set_unusable_password()
    else:
        passwords.check(password, user)
        user.set_password(password)
    user.save()
    _write(user, profile)
    return user


def _write(user: User, profile: Profile) -> None:
    user.email, user.name, user.title, user.region = profile.email, profile.name, profile.title, profile.region
    user.manager_id = profile.manager
    user.save(update_fields=["email", "name", "title", "region", "manager"])
    user.territories.set(profile.territories)
    UserRole.objects.filter(user=user).delete()
    UserRole.objects.bulk_create(UserRole(user=user, role=role, position=i) for i, role in enumerate(profile.roles))
    user.refresh_from_db()


def _follow(user: User, name_before: str, at: datetime) -> None:
    """The lists of accounts show the person's name: keep it true."""
    if user.name != name_before:
        rows = AccountSummary.objects.filter(Q(tam=user) | Q(owner=user))
        summaries.refresh(list(rows.values_list("pk", flat=True)), today=clock.day_of(at))


def _told(profile: Profile) -> dict[str, object]:
    return {key: value for key, value in asdict(profile).items() if value}


def _grants(roles: tuple[str, ...]) -> bool:
    known = visible.roles()
    return any(MANAGE in known[role].may for role in roles if role in known)


def _keep_one_administrator(leaving: User, field: str) -> None:
    keys = [key for key, role in visible.roles().items() if MANAGE in role.may]
    holders = User.objects.filter(is_active=True, roles__role__in=keys)
    if holders.filter(pk=leaving.pk).exists() and not holders.exclude(pk=leaving.pk).exists():
        raise Refused(
            f"{leaving.name} is the last person who can manage people. Give somebody else that role first.", "conflict", field
        )
