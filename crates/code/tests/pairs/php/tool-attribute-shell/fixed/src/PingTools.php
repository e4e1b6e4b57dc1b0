<?php

namespace App;

use PhpMcp\Server\Attributes\McpTool;

final class PingTools
{
    public function __construct(private Runner $runner)
    {
    }

    #[McpTool(name: 'ping')]
    public function ping(string $host, int $count = 1): string
    {
        return $this->runner->run($host, $count);
    }
}

final class Runner
{
    public function run(string $host, int $count): string
    {
        return (string) shell_exec("ping -c " . $count . " " . escapeshellarg($host));
    }
}
