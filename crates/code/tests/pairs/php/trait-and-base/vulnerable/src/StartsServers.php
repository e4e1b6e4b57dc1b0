<?php

namespace Acme\Tools;

use Mcp\Client\Transport\StdioTransport;

trait StartsServers
{
    protected function startServer(string $program, array $options): StdioTransport
    {
        return new StdioTransport($program, $options['args'] ?? []);
    }
}
