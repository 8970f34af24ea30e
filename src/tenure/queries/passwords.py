"""Links by which a person sets a password: signed, good once, and for a while.

An administrator's link holds for ``PASSWORD_RESET_TIMEOUT``; one that somebody asked for at log-in for ``FORGOTTEN_TIMEOUT``, because
anybody can ask for it.
"""

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.encoding import force_str
from django.utils.http import base36_to_int, urlsafe_base64_decode, urlsafe_base64_encode

from tenure.models import User


class _Forgotten(PasswordResetTokenGenerator):
    key_salt = "tenure.forgotten"

    def check_token(self, user: User | None, token: str | None) -> bool:
        if not super().check_token(user, token) or not token:
            return False
        age = self._num_seconds(self._now()) - base36_to_int(token.split("-")[0])
        return age <= int(settings.FORGOTTEN_TIMEOUT)


_given, _forgotten = PasswordResetTokenGenerator(), _Forgotten()


def parts(user: User, *, forgotten: bool = False) -> tuple[str, str]:
    """(uid, token) of the route ``login:password``. The token ends when the password, the address or the log-in time changes."""
    token = (_forgotten if forgotten else _given).make_token(user)
    return urlsafe_base64_encode(str(user.pk).encode()), token


def person_of(uid: str, token: str) -> User | None:
    """Whose link it is; None when it has ended, was used, or never was one."""
    try:
        user = User.objects.filter(pk=int(force_str(urlsafe_base64_decode(uid))), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return user if user is not None and (_given.check_token(user, token) or _forgotten.check_token(user, token)) else None


def holder(email: str) -> User | None:
    """Who logs in with this address; None for a closed log-in too."""
    return User.objects.filter(email=email.strip().lower(), is_active=True).first()
