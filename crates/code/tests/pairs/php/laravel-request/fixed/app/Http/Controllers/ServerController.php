<?php

namespace App\Http\Controllers;

use App\Services\McpConnector;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;

class ServerController extends Controller
{
    private const SERVERS = [
        'time' => ['/opt/mcp/time', []],
        'files' => ['/opt/mcp/files', ['--root', '/srv/shared']],
    ];

    public function __construct(private McpConnector $connector)
    {
    }

    public function test(Request $request): JsonResponse
    {
        $name = $request->input('name');
        [$command, $args] = self::SERVERS[$name] ?? abort(404);
        $client = $this->connector->connect($name, $command, $args);

        return response()->json($client->listTools());
    }
}
