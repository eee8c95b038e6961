"""Old records in batches; and the two branches before it come together."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0004_deliveries'),
        ('integrations', '0005_requests'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='event',
            name='source',
            field=models.CharField(choices=[('poll', 'Found by a scheduled look'), ('webhook', 'Sent by the app'), ('recovered', 'Found by a scheduled look: no webhook told of it'), ('manual', 'Given by hand'), ('backfill', 'There before the workflow'), ('test', 'Sandbox test')], max_length=10),
        ),
        migrations.CreateModel(
            name='Backfill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('running', 'Under way'), ('paused', 'Paused'), ('stopped', 'Stopped: needs a person'), ('done', 'Done')], default='running', max_length=10)),
                ('reason', models.TextField(blank=True)),
                ('position', models.PositiveBigIntegerField(default=0)),
                ('last', models.PositiveBigIntegerField(default=0)),
                ('batch', models.JSONField(default=list)),
                ('total', models.PositiveIntegerField(default=0)),
                ('taken', models.PositiveIntegerField(default=0)),
                ('unread', models.PositiveIntegerField(default=0)),
                ('succeeded', models.PositiveIntegerField(default=0)),
                ('skipped', models.PositiveIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0)),
                ('held', models.PositiveIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('started_at', models.DateTimeField(auto_now_add=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('started_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='backfills', to='integrations.team')),
                ('workflow', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='backfills', to='integrations.workflow')),
            ],
            options={
                'ordering': ('-id',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'done'), _negated=True), fields=('workflow',), name='one_open_backfill')],
            },
        ),
    ]
