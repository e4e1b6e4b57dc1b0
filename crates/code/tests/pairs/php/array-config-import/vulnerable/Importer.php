<?php

namespace Acme\Import;

use Mcp\Client\Transport\StdioTransport;

class Importer
{
    /** @var StdioTransport[] */
    private array $transports = [];

    public function import(array $config): int
    {
        foreach ($config['mcpServers'] as $name => $server) {
            $this->transports[$name] = new StdioTransport(
                $server['command'],
                $server['args'] ?? [],
                null,
                $server['env'] ?? [],
            );
        }

        return count($this->transports);
    }
}
