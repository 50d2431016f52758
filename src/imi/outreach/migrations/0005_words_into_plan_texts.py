"""The words of plans and to-dos move into a text in the language in which they were announced."""

from django.db import migrations


def move(apps, schema_editor):
    plan = apps.get_model("outreach", "Plan")
    text = apps.get_model("outreach", "PlanText")
    for one in plan.objects.prefetch_related("todos"):
        todos = {}
        for number, todo in enumerate(sorted(one.todos.all(), key=lambda row: row.pk), start=1):
            todo.number = number
            todo.save(update_fields=["number"])
            todos[str(number)] = todo.title
        text.objects.create(plan=one, lang=one.language, title=one.title, body=one.text, todos=todos)


class Migration(migrations.Migration):

    dependencies = [
        ('outreach', '0004_plan_texts'),
    ]

    operations = [
        migrations.RunPython(move),
    ]
