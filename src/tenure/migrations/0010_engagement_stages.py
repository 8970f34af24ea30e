import json
from datetime import date

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone


def fill(apps, schema_editor):
    """The stages that were said until now, as the log has them, an account at a time."""
    names = ("Engagement", "EngagementStage", "Event")
    engagement, stage, event = (apps.get_model("tenure", name) for name in names)
    for account in engagement.objects.values_list("account_id", flat=True).iterator(chunk_size=500):
        said = []
        for row in event.objects.filter(account_id=account, noun="engagement").order_by("id"):
            after = json.loads(row.body).get("undo", {}).get("after", {})
            if "stage" not in after:
                continue
            since = date.fromisoformat(after["stage_since"]) if after["stage_since"] else timezone.localdate(row.at)
            there = [one for one in said if one.taken_back_at is None]
            before = there[-2] if there[1:] else None
            was = (before.stage, before.since.isoformat()) if before and before.stage else ("", None)
            if row.verb == "engagement.undone" and there and was == (after["stage"], after["stage_since"]):
                there[-1].taken_back_at = row.at
                continue
            more = {"reason": after.get("stage_reason", ""), "confirmations": after.get("confirmations", {})}
            said.append(stage(account_id=account, stage=after["stage"], since=since, recorded_at=row.at, **more))
        stage.objects.bulk_create(said)


class Migration(migrations.Migration):
    """Which stage of its life a customer was in on which day."""

    dependencies = [
        ('tenure', '0009_project_tally'),
    ]

    operations = [
        migrations.CreateModel(
            name='EngagementStage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(blank=True, max_length=40)),
                ('since', models.DateField()),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('confirmations', models.JSONField(blank=True, default=dict)),
                ('recorded_at', models.DateTimeField()),
                ('taken_back_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stages', to='tenure.account')),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
