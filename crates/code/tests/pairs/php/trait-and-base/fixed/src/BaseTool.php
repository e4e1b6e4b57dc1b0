<?php

namespace Acme\Tools;

abstract class BaseTool
{
    use StartsServers;

    public function __construct(protected string $program, protected array $options = [])
    {
    }

    public function run(): mixed
    {
        return $this->startServer($this->program, $this->options);
    }
}
