<?php

namespace App\Mcp;

use Symfony\Component\Process\Process;

class Manager
{
    /** @var array<string, Process> MCP servers by label */
    private array $servers = [];

    public function start(string $label, Launch $launch): void
    {
        $process = new Process([$launch->command, ...$launch->args], null, $launch->env);
        $process->start();
        $this->servers[$label] = $process;
    }
}
