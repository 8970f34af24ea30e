from django.db import migrations, models
from django.db.models import Count, Sum


def fill(apps, schema_editor):
    """Count the issues of the projects that are there, a project at a time."""
    project, issue = apps.get_model("tenure", "Project"), apps.get_model("tenure", "ProjectIssue")
    names = ("state", "column_id", "milestone_id", "confidential")
    for row in project.objects.only("pk", "tally").iterator(chunk_size=500):
        alike = issue.objects.filter(project=row, deleted_at=None).order_by().values_list(*names)
        counted = alike.annotate(n=Count("pk"), heavy=Sum("weight"))
        row.tally = [[*key, n, heavy or 0] for *key, n, heavy in counted]
        row.save(update_fields=["tally"])


class Migration(migrations.Migration):
    """What a project has of issues by state, column, milestone and confidentiality; and a label's issues from an index alone."""

    dependencies = [
        ('tenure', '0008_summary_known'),
    ]

    operations = [
        migrations.AddField(
            model_name='project',
            name='tally',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.RemoveIndex(model_name='projectissue', name='project_issue_stone'),
        migrations.AddIndex(
            model_name='projectissue',
            index=models.Index(
                condition=models.Q(('deleted_at', None)),
                fields=['project', 'state', 'column', 'milestone', 'confidential', 'weight', 'id'],
                name='project_issue_tally',
            ),
        ),
        # The table between issues and labels has no model of its own that could name an index.
        migrations.RunSQL(
            'CREATE INDEX project_issue_labelled ON tenure_projectissue_labels (projectlabel_id, projectissue_id)',
            'DROP INDEX project_issue_labelled',
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
