from django.db import migrations, models


class Migration(migrations.Migration):
    """Which of a project's differences is that it was to be moved; and the progress of milestones from an index alone.

    Nothing is filled in: nobody knows whether what was counted before counted that one; the next daily run compares the projects that it concerns
    again, and until then they count as not keeping to their template.
    """

    dependencies = [
        ('tenure', '0006_projects'),
    ]

    operations = [
        migrations.AddField(
            model_name='project',
            name='unmoved',
            field=models.BooleanField(default=False),
        ),
        migrations.RemoveIndex(model_name='projectissue', name='project_issue_stone'),
        migrations.AddIndex(
            model_name='projectissue',
            index=models.Index(
                condition=models.Q(('deleted_at', None)),
                fields=['project', 'milestone', 'state', 'confidential', 'weight', 'id'],
                name='project_issue_stone',
            ),
        ),
    ]
