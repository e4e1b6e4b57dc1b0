<?php

namespace App\Http\Controllers;

use App\Services\McpConnector;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;

class ServerController extends Controller
{
    public function __construct(private McpConnector $connector)
    {
    }

    public function test(Request $request): JsonResponse
    {
        $client = $this->connector->connect(
            $request->input('name'),
            $request->input('command'),
            $request->input('args', []),
        );

        return response()->json($client->listTools());
    }
}
