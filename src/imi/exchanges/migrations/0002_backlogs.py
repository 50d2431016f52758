"""An index for the longest backlogs, in the place of one that had to be asked once for each direction."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchanges", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="tally", name="tally_open"),
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(
                fields=["authority", "area", "total"],
                name="tally_backlog",
                condition=models.Q(phase="open", direction__in=("sent", "received"), total__gt=0),
            ),
        ),
    ]
