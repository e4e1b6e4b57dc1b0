<?php

declare(strict_types=1);

namespace App\Mcp;

use Symfony\Component\Process\InputStream;
use Symfony\Component\Process\Process;

/** Speaks JSON-RPC with an MCP server over its pipes. */
final class ProcessTransport
{
    private Process $process;
    private InputStream $input;

    public function __construct(array $line, ?string $folder = null)
    {
        $this->input = new InputStream();
        $this->process = new Process($line, $folder);
        $this->process->setInput($this->input);
    }

    public function open(): void
    {
        $this->process->start();
        $this->input->write(json_encode(['jsonrpc' => '2.0', 'id' => 1, 'method' => 'initialize']) . "\n");
    }
}
