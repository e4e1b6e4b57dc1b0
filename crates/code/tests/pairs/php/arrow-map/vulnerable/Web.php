<?php

namespace Acme\Pool;

use Psr\Http\Message\ServerRequestInterface;

class Web
{
    public function __construct(private Pool $pool)
    {
    }

    public function handle(ServerRequestInterface $request): int
    {
        $lines = [];
        foreach ($request->getQueryParams()['servers'] as $server) {
            $lines[] = explode(' ', $server);
        }

        return count($this->pool->openAll($lines));
    }
}
