"""Addresses that answer: of a workflow that can be asked, of a team's calendar feed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0004_deliveries")]

    operations = [
        migrations.AddField(
            model_name="team",
            name="agenda_key",
            field=models.CharField(blank=True, db_index=True, max_length=64),
        ),
        migrations.AddField(
            model_name="workflow",
            name="ask_key",
            field=models.CharField(blank=True, db_index=True, max_length=64),
        ),
    ]
