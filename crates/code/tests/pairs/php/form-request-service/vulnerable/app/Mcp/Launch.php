<?php

namespace App\Mcp;

final readonly class Launch
{
    public function __construct(
        public string $command,
        public array $args = [],
        public array $env = [],
    ) {
    }

    public static function fromArray(array $data): self
    {
        return new self($data['command'], $data['args'] ?? [], $data['env'] ?? []);
    }
}
