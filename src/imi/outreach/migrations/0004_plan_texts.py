import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0003_training_access_unasked'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PlanText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('machine', models.BooleanField(default=False)),
                ('source_lang', models.CharField(blank=True, max_length=5)),
                ('source_digest', models.CharField(blank=True, max_length=64)),
                ('engine', models.CharField(blank=True, max_length=40)),
                ('via', models.CharField(blank=True, max_length=5)),
                ('drafted_at', models.DateTimeField(null=True)),
                ('lang', models.CharField(max_length=5)),
                ('title', models.CharField(max_length=200)),
                ('body', models.TextField(blank=True)),
                ('todos', models.JSONField(default=dict)),
                ('plan', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='outreach.plan')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('plan', 'lang'), name='plan_text_once')],
            },
        ),
        migrations.CreateModel(
            name='PlanDraftOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lang', models.CharField(max_length=5)),
                ('source_lang', models.CharField(max_length=5)),
                ('source_digest', models.CharField(max_length=64)),
                ('engine', models.CharField(max_length=40)),
                ('version', models.CharField(max_length=80)),
                ('via', models.CharField(blank=True, max_length=5)),
                ('made_at', models.DateTimeField()),
                ('error', models.CharField(blank=True, max_length=20)),
                ('by_user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='draft_orders', to='outreach.plan')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('error', '')), fields=['made_at'], name='plan_draft_order_open')],
                'constraints': [models.UniqueConstraint(fields=('plan', 'lang'), name='plan_draft_order_once')],
            },
        ),
        migrations.AddField(
            model_name='todo',
            name='number',
            field=models.PositiveSmallIntegerField(null=True),
        ),
    ]
