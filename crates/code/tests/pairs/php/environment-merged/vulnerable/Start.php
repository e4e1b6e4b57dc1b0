<?php

namespace Acme\Env;

use Illuminate\Http\Request;
use Mcp\Client\Transport\StdioTransport;

class Start
{
    public function run(Request $request): StdioTransport
    {
        $env = ['LANG' => 'C.UTF-8'];
        $env += $request->input('env', []);

        return new StdioTransport('node', ['/opt/mcp/server.js'], null, $env);
    }
}
