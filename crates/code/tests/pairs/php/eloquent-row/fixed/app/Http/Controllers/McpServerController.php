<?php

namespace App\Http\Controllers;

use App\Models\McpServer;
use Illuminate\Http\Request;

class McpServerController extends Controller
{
    public function store(Request $request)
    {
        $data = $request->validate(['name' => 'required|string']);
        $server = McpServer::create([
            'name' => $data['name'],
            'command' => '/opt/mcp/time',
            'arguments' => ['--stdio'],
        ]);

        return redirect()->route('servers.show', $server);
    }
}
