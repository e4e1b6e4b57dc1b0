<?php

namespace App\MessageHandler;

use App\Message\StartServer;
use Mcp\Client\Transport\StdioTransport;
use Symfony\Component\Messenger\Attribute\AsMessageHandler;

#[AsMessageHandler]
final class StartServerHandler
{
    public function __invoke(StartServer $message): void
    {
        (new StdioTransport($message->command))->connect();
    }
}
