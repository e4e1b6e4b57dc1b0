<?php

namespace Acme\Gate;

use Illuminate\Http\Request;
use PhpMcp\Client\ServerConfig;
use PhpMcp\Client\Enum\TransportType;

class StartAction
{
    public function __invoke(Request $request)
    {
        $command = $request->string('command')->toString();
        Gate::check($command);

        return new ServerConfig('custom', TransportType::Stdio, command: $command, args: $request->array('args'));
    }
}
