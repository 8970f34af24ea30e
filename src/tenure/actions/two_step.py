"""The second step of log-in: codes of an authenticator app (TOTP), and recovery codes for the day it is lost."""

from base64 import urlsafe_b64encode
from datetime import datetime

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, validate_totp_code
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.utils.encoding import force_bytes

from tenure.actions import events
from tenure.actions.refusals import Refused
from tenure.models import User


class SealedSecrets(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of the second step encrypted, under a key derived from ``SECRET_KEY`` (old keys still open them)."""

    def encrypt(self, text: str) -> str:
        """The secret as it is stored."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret itself."""
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derive = [
        HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tenure two-step secrets").derive(force_bytes(key)) for key in keys
    ]
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derive])


def is_on(user: User) -> bool:
    """Whether the user's log-in asks for a code."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists())


def codes_left(user: User) -> int:
    """How many recovery codes are unused."""
    row = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(RecoveryCodes(row).get_unused_codes()) if row else 0


def turn_on(user: User, secret: str, code: str, *, at: datetime) -> list[str]:
    """Ask for codes from now on; returns the recovery codes, to be shown once. Refused when the code doesn't fit the secret."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if is_on(user):
            raise Refused("Two-step log-in is on already.", "conflict")
        if not validate_totp_code(secret, code.replace(" ", "")):
            raise Refused(
                "That code doesn't fit. Check the clock of the phone, then type the code that it shows now.", field="code"
            )
        TOTP.activate(user, secret)
        codes = _new_codes(user)
        events.record("user.two_step_on", "user", user.pk, at=at, actor=user)
    return codes


def turn_off(user: User, password: str, *, at: datetime) -> None:
    """Stop asking for codes; needs the password."""
    _check_password(user, password)
    with transaction.atomic():
        if not is_on(user):
            raise Refused("Two-step log-in is off already.", "conflict")
        Authenticator.objects.filter(user_id=user.pk).delete()
        events.record("user.two_step_off", "user", user.pk, at=at, actor=user)


def renew_codes(user: User, password: str, *, at: datetime) -> list[str]:
    """Ten new recovery codes instead of the old ones; needs the password."""
    _check_password(user, password)
    with transaction.atomic():
        if not is_on(user):
            raise Refused("Turn on two-step log-in first.", "conflict")
        codes = _new_codes(user)
        events.record("user.recovery_codes_made", "user", user.pk, at=at, actor=user)
    return codes


def reset(user: User, *, actor: User | None, at: datetime) -> None:
    """An administrator turns the second step off for somebody who lost phone and codes. The caller checks the right."""
    with transaction.atomic():
        deleted, _ = Authenticator.objects.filter(user_id=user.pk).delete()
        if deleted:
            events.record("user.two_step_off", "user", user.pk, at=at, actor=actor, reason="reset by an administrator")


def _new_codes(user: User) -> list[str]:
    Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES).delete()
    return list(RecoveryCodes.activate(user).generate_codes())


def _check_password(user: User, password: str) -> None:
    if not user.check_password(password):
        raise Refused("That isn't your password.", field="password")
