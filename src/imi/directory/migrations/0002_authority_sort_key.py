"""Names of authorities get a key to sort by; see imi.directory.collation."""

from django.db import migrations, models

import imi.directory.fields
from imi.directory.reference import name_key

AT_ONCE = 500


def fill(apps, schema_editor):
    """Compute the key of every authority that is there already."""
    authorities = apps.get_model("directory", "Authority").objects.using(schema_editor.connection.alias)
    rows = list(authorities.only("pk", "name", "country_id").order_by("pk"))
    for row in rows:
        row.sort_key = name_key(row.name, row.country_id)
    authorities.bulk_update(rows, ["sort_key"], batch_size=AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="authority",
            name="sort_key",
            field=imi.directory.fields.KeyField(blank=True, default="", max_length=120),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.RemoveIndex(model_name="authority", name="authority_by_country"),
        migrations.AddIndex(
            model_name="authority",
            index=models.Index(fields=["country", "sort_key", "id"], name="authority_in_order"),
        ),
    ]
