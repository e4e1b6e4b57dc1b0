<?php

namespace App\Service;

use App\Repository\ServerRepository;
use Mcp\Client\Transport\StdioTransport;

class Sessions
{
    public function __construct(private ServerRepository $servers)
    {
    }

    public function open(int $id): StdioTransport
    {
        $server = $this->servers->find($id);

        return new StdioTransport($server->getExecutable(), ['--stdio']);
    }
}
