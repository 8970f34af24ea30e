"""The one Django app of Tenure."""

from django.apps import AppConfig


class TenureConfig(AppConfig):
    """Registers the app under the label ``tenure``."""

    name = "tenure"
    label = "tenure"
    default_auto_field = "django.db.models.BigAutoField"
