<?php

namespace Acme\Pool;

use Mcp\Client\Transport\StdioTransport;

class Pool
{
    public function openAll(array $lines): array
    {
        return array_map(fn (array $line) => new StdioTransport($line[0], array_slice($line, 1)), $lines);
    }
}
