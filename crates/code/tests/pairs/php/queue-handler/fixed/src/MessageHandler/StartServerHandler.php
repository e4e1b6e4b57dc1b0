<?php

namespace App\MessageHandler;

use App\Message\StartServer;
use Mcp\Client\Transport\StdioTransport;
use Psr\Log\LoggerInterface;
use Symfony\Component\Messenger\Attribute\AsMessageHandler;

#[AsMessageHandler]
final class StartServerHandler
{
    public function __construct(private LoggerInterface $logger, private string $command = '/opt/mcp/time')
    {
    }

    public function __invoke(StartServer $message): void
    {
        $this->logger->info($message->label);
        (new StdioTransport($this->command))->connect();
    }
}
