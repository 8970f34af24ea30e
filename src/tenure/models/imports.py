"""What imports leave behind: whose id is whose, rows that wait for a parent, saved mappings, uploads."""

from django.db import models

from tenure.models.runs import Run
from tenure.models.users import User


class ExternalId(models.Model):
    """The id by which a source knows one of our rows, and the digest of the row as last imported."""

    source = models.CharField(max_length=40)  # salesforce, zuora, zendesk, or a name that the user gives
    noun = models.CharField(max_length=40)  # account, contact, subscription ...
    external_id = models.CharField(max_length=200)
    object_id = models.BigIntegerField()
    digest = models.BinaryField(max_length=16)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "noun", "external_id"], name="external_id_once")]
        indexes = [models.Index(fields=["noun", "object_id"], name="external_id_object")]


class WaitingRow(models.Model):
    """A row whose parent is not there yet (an orphan); it is imported when the parent arrives."""

    source = models.CharField(max_length=40)
    noun = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)
    parent_noun = models.CharField(max_length=40)
    parent_id = models.CharField(max_length=200)
    row = models.JSONField()  # the mapped row
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "noun", "external_id"], name="waiting_row_once")]
        indexes = [models.Index(fields=["source", "parent_noun", "parent_id"], name="waiting_row_parent")]


class ImportMapping(models.Model):
    """A saved mapping of a file's columns to fields, by name."""

    name = models.CharField(max_length=200, unique=True)
    source = models.CharField(max_length=40)
    noun = models.CharField(max_length=40)
    columns = models.JSONField(default=dict)  # field -> {"column": ..., ...}
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    updated_at = models.DateTimeField()


class Upload(models.Model):
    """A file that somebody uploaded for an import; ``path`` is relative to the uploads folder."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=300)
    path = models.CharField(max_length=300)
    size = models.BigIntegerField()
    uploaded_at = models.DateTimeField()
    settings = models.JSONField(default=dict)  # source, noun, mapping and options as chosen so far
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="uploads")
