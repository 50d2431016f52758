from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0005_words_into_plan_texts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='todo',
            name='number',
            field=models.PositiveSmallIntegerField(),
        ),
        migrations.AddConstraint(
            model_name='todo',
            constraint=models.UniqueConstraint(fields=('plan', 'number'), name='todo_numbered_once'),
        ),
        migrations.RemoveField(model_name='plan', name='title'),
        migrations.RemoveField(model_name='plan', name='text'),
        migrations.RemoveField(model_name='todo', name='title'),
    ]
