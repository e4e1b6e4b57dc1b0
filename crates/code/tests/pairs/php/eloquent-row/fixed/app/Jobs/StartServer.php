<?php

namespace App\Jobs;

use App\Models\McpServer;
use Mcp\Client\Transport\StdioTransport;

class StartServer
{
    public function __construct(private int $serverId)
    {
    }

    public function handle(): void
    {
        $server = McpServer::findOrFail($this->serverId);
        $transport = new StdioTransport(command: $server->command, args: $server->arguments ?? []);
        $transport->connect();
    }
}
