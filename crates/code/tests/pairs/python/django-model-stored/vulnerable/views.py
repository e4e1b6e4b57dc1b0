import json

from django.http import JsonResponse
from django.views.decorators.http import require_POST

from .launch import open_server
from .models import McpServer

PROGRAMS = {"notes": "/opt/mcp/notes"}


@require_POST
def create(request):
    data = json.loads(request.body)
    row = McpServer(name=data["name"], command=data["command"], args=data["args"])
    row.save()
    return JsonResponse({"id": row.pk})


@require_POST
def start(request, pk):
    row = McpServer.objects.get(pk=pk)
    open_server(row)
    return JsonResponse({"started": row.name})
