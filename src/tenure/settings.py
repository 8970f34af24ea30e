"""Settings, all from the environment: a laptop needs none of them.

``TENURE_HOME`` holds everything that a small installation writes (database, secret key, uploads); ``DATABASE_URL`` moves the
database to PostgreSQL.
"""

import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlparse

PACKAGE = Path(__file__).resolve().parent


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}


def _list(name: str, default: str) -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


HOME = Path(os.environ.get("TENURE_HOME", ".tenure")).expanduser().resolve()
UPLOADS = HOME / "uploads"
HANDBOOK = os.environ.get("TENURE_HANDBOOK") or None


def _secret_key() -> str:
    """The key from the environment, else one made once and kept readable by its owner only."""
    if given := os.environ.get("TENURE_SECRET_KEY"):
        return given
    path = HOME / "secret-key"
    if path.exists():
        return path.read_text().strip()
    HOME.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(50)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as out:
        out.write(key)
    return key


def _database() -> dict[str, object]:
    """SQLite under ``TENURE_HOME``, or what ``DATABASE_URL`` (postgresql://user:pass@host:port/name) says."""
    url = os.environ.get("DATABASE_URL", "")
    if not url or url.startswith("sqlite"):
        name = url.removeprefix("sqlite:///") or str(HOME / "tenure.sqlite3")
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "pragma journal_mode=wal; pragma synchronous=normal; pragma cache_size=-4000;",
            },
            "CONN_MAX_AGE": None,
        }
    parts = urlparse(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # Pages of the database are in memory or on a disk without a moving head; compiling a query takes longer than one of ours runs, and
        # so does sharing one among processes, until a table has some hundred thousand rows.
        "OPTIONS": {"options": "-c random_page_cost=1.1 -c jit=off -c parallel_setup_cost=10000"},
    }


SECRET_KEY = _secret_key()
DEBUG = _flag("TENURE_DEBUG")
ALLOWED_HOSTS = _list("TENURE_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = _list("TENURE_ORIGINS", "")
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "tenure.User"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "tenure",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenure.views.shell.ShellMiddleware",
]

ROOT_URLCONF = "tenure.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenure.views.shell.shell",
            ],
            "builtins": [
                "tenure.views.tags",
                "tenure.views.rulewords",
                "tenure.views.markdown",
                "tenure.views.cta_tags",
                "tenure.views.projects_tags",
                "tenure.views.profiles_tags",
                "tenure.views.onboardings_tags",
            ],
        },
    }
]

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "/login/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "tenure.views.login.ClosedSignup"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "reset_password": "30/h/ip,5/h/key",  # asking for a link; the key is the mail address, known or not
    "reset_password_from_key": "20/m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TENURE_PROXIES", "0"))  # reverse proxies in front, for the limit by address
MFA_ADAPTER = "tenure.actions.two_step.SealedSecrets"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tenure"
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # links to set a password that an administrator makes
FORGOTTEN_TIMEOUT = 3600  # links that somebody asked for at log-in
CSRF_FAILURE_VIEW = "tenure.views.errors.csrf"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "tenure_cache"}}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

USE_TZ = True
TIME_ZONE = os.environ.get("TENURE_TIME_ZONE", "UTC")
LANGUAGE_CODE = "en"
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
with suppress(OSError):  # whitenoise warns about a folder that isn't there
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS: list[Path] = []
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
MAX_UPLOAD_BYTES = int(os.environ.get("TENURE_MAX_UPLOAD_MB", "500")) * 1024 * 1024
ATTACHMENTS = HOME / "attachments"  # files kept with CTAs and activities, under random names
MAX_ATTACHMENT_BYTES = int(os.environ.get("TENURE_MAX_ATTACHMENT_MB", "25")) * 1024 * 1024
# Endings that may be attached; what a file holds must fit its ending (see actions/attachments_types.py).
ATTACHMENT_TYPES = _list(
    "TENURE_ATTACHMENT_TYPES", "pdf,png,jpg,jpeg,gif,webp,txt,md,log,csv,json,docx,xlsx,pptx,odt,ods,odp,zip,eml,ics"
)

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
if _flag("TENURE_HTTPS"):
    SECURE_SSL_REDIRECT = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31536000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Without a mail server mails are files in a folder that only its owner reads: links to set a password stand in them.
MAILS_LEAVE = bool(os.environ.get("TENURE_MAIL_HOST"))
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend" if MAILS_LEAVE else "tenure.links.mail.files.EmailBackend"
EMAIL_FILE_PATH = HOME / "mails"
if not MAILS_LEAVE:
    with suppress(OSError):
        EMAIL_FILE_PATH.mkdir(mode=0o700, parents=True, exist_ok=True)
EMAIL_HOST = os.environ.get("TENURE_MAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("TENURE_MAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("TENURE_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("TENURE_MAIL_PASSWORD", "")
EMAIL_USE_TLS = _flag("TENURE_MAIL_TLS")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("TENURE_MAIL_FROM", "tenure@localhost")
# Sender of the envelope, to whom mails come back; blank = the sender that people see.
BOUNCES_TO = os.environ.get("TENURE_MAIL_BOUNCES", "")
NOTICE_CHANNELS = ["app", "mail"]  # notices appear in the application and go by mail, as their reader wants
BASE_URL = os.environ.get("TENURE_URL", "http://127.0.0.1:8000").rstrip("/")  # for links in mails

# When the daily run starts, local time HH:MM; blank = never by itself.
DAILY_AT = os.environ.get("TENURE_DAILY_AT", "04:00")
# How many other days than today keep the rows of lists once somebody has looked at them; those used last stay.
KEPT_DAYS = int(os.environ.get("TENURE_KEPT_DAYS", "14"))


def _without_trace(record: logging.LogRecord) -> bool:
    """An answer such as "no permission" is one line of the log; a trace is for faults of Tenure."""
    if getattr(record, "status_code", 500) < 500:
        record.exc_info = record.exc_text = None
    return True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_trace": {"()": "django.utils.log.CallbackFilter", "callback": _without_trace}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["without_trace"]}},
    "root": {"handlers": ["console"], "level": os.environ.get("TENURE_LOG_LEVEL", "WARNING")},
}
