from django.db import migrations, models


class Migration(migrations.Migration):
    """The report of customers' profiles from indexes alone, by TAM and by owner."""

    dependencies = [
        ('tenure', '0007_project_unmoved'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='accountsummary',
            name='summary_owner',
        ),
        migrations.AddIndex(
            model_name='accountsummary',
            index=models.Index(fields=['tam', 'deleted', 'profile_percent', 'profile_stale'], name='summary_tam_known'),
        ),
        migrations.AddIndex(
            model_name='accountsummary',
            index=models.Index(fields=['owner', 'deleted', 'profile_percent', 'profile_stale'], name='summary_owner'),
        ),
    ]
