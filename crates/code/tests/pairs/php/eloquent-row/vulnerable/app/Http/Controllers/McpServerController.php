<?php

namespace App\Http\Controllers;

use App\Models\McpServer;
use Illuminate\Http\Request;

class McpServerController extends Controller
{
    public function store(Request $request)
    {
        $data = $request->validate([
            'name' => 'required|string',
            'command' => 'required|string',
            'arguments' => 'array',
        ]);
        $server = McpServer::create($data);

        return redirect()->route('servers.show', $server);
    }
}
