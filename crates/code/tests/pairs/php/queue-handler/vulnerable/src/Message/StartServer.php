<?php

namespace App\Message;

final class StartServer
{
    public function __construct(public readonly string $label, public readonly string $command)
    {
    }
}
