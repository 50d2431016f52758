"""Access that a coordinator has given to a person more than once becomes one row, the latest; notes go with it.

A request without a word of why, which no page made but the database allowed, gets a dash: from the next migration on
whoever asks has said why.
"""

from django.db import migrations


def keep_the_latest(apps, schema_editor):
    request = apps.get_model("outreach", "TrainingRequest")
    note = apps.get_model("outreach", "Note")
    kept = {}
    for given in request.objects.filter(state="given").order_by("-pk"):
        latest = kept.setdefault((given.person_id, given.coordinator_id), given)
        if latest.pk != given.pk:
            note.objects.filter(request=given).update(request=latest)
            given.delete()
    request.objects.filter(why="").update(why="–")


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(keep_the_latest, migrations.RunPython.noop),
    ]
