"""People who work in Tenure: their roles, their manager, their territories."""

from collections.abc import Iterable

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from tenure.models.territories import Territory


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address; roles and everything else are written by ``actions.users``."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user of this e-mail address, whatever its capitals."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person with a log-in. ``email`` is kept in lower case and is unique."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True)
    region = models.CharField(max_length=60, blank=True)
    manager = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reports")
    territories = models.ManyToManyField(Territory, blank=True, related_name="users")
    is_active = models.BooleanField(default=True)
    theme = models.CharField(max_length=10, default="system")
    time_zone = models.CharField(max_length=64, blank=True)  # Europe/Berlin; blank = that of the region
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def role_keys(self) -> list[str]:
        """Role keys of the handbook's ``access.yaml``, main role first."""
        return [row.role for row in self.roles.all()]

    def has_role(self, *roles: str) -> bool:
        """Whether the user holds any of these roles."""
        return bool(set(roles) & set(self.role_keys))

    # Django's auth asks these; Tenure's rights are in queries.visible and access.yaml.
    is_staff = False
    is_superuser = False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's own permissions are not used."""
        return False

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        """Django's own permissions are not used."""
        return False


class UserRole(models.Model):
    """One role of one user; ``position`` 0 is the main role, which decides the landing page."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="user_role_once")]
        indexes = [models.Index(fields=["role"], name="user_role_role")]
