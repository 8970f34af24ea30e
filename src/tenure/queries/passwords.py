"""Links by which a person sets a password: signed, good once, for the days that ``PASSWORD_RESET_TIMEOUT`` says."""

from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from tenure.models import User


def parts(user: User) -> tuple[str, str]:
    """(uid, token) of the route ``login:password``. The token ends when the password or the log-in time changes."""
    return urlsafe_base64_encode(str(user.pk).encode()), default_token_generator.make_token(user)


def person_of(uid: str, token: str) -> User | None:
    """Whose link it is; None when it has ended, was used, or never was one."""
    try:
        user = User.objects.filter(pk=int(force_str(urlsafe_base64_decode(uid))), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return user if user is not None and default_token_generator.check_token(user, token) else None
