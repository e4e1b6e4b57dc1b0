<?php

namespace Acme\Gate;

final class Gate
{
    private const ALLOWED_COMMANDS = ['npx', 'uvx', 'php'];

    public static function check(string $command): void
    {
        if (!in_array(basename($command), self::ALLOWED_COMMANDS, true)) {
            throw new \InvalidArgumentException('command is not allowed');
        }
    }
}
