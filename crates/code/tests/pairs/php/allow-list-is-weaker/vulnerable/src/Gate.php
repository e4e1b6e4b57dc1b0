<?php

namespace Acme\Gate;

final class Gate
{
    public static function check(string $command): void
    {
        if ($command === '') {
            throw new \InvalidArgumentException('no command');
        }
    }
}
