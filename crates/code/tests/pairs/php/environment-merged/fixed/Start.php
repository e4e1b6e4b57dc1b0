<?php

namespace Acme\Env;

use Illuminate\Http\Request;
use Mcp\Client\Transport\StdioTransport;

class Start
{
    public function run(Request $request): StdioTransport
    {
        $env = ['LANG' => 'C.UTF-8'];
        foreach ($request->input('env', []) as $key => $value) {
            if (in_array($key, ['NODE_OPTIONS', 'LD_PRELOAD', 'PATH'], true) || !is_string($value)) {
                abort(422);
            }
            $env[$key] = $value;
        }

        return new StdioTransport('node', ['/opt/mcp/server.js'], null, $env);
    }
}
