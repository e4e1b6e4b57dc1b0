from django.db import models


class McpServer(models.Model):
    name = models.CharField(max_length=80)
    command = models.CharField(max_length=400)
    args = models.JSONField(default=list)
