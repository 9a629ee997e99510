from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_list_price"),
    ]

    operations = [
        migrations.AddField(
            model_name="productimage",
            name="alt_de",
            field=models.CharField(blank=True, max_length=300, verbose_name="German alternative text"),
        ),
    ]
