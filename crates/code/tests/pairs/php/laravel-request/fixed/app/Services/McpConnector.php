<?php

namespace App\Services;

use PhpMcp\Client\Client;
use PhpMcp\Client\Enum\TransportType;
use PhpMcp\Client\ServerConfig;

class McpConnector
{
    public function connect(string $name, string $command, array $args): Client
    {
        $config = new ServerConfig(
            name: $name,
            transport: TransportType::Stdio,
            timeout: 20,
            command: $command,
            args: $args,
        );
        $client = Client::make()->withClientInfo('Acme', '1.0')->withServerConfig($config)->build();
        $client->initialize();

        return $client;
    }
}
