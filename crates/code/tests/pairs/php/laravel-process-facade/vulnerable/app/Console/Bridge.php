<?php

namespace App\Console;

use Illuminate\Support\Facades\Process;
use Illuminate\Support\Facades\Route;

class Bridge
{
    public static function routes(): void
    {
        Route::post('/mcp/bridge', function () {
            $command = request('command');

            return Process::input(json_encode(['jsonrpc' => '2.0', 'method' => 'initialize']))
                ->run($command)
                ->output();
        });
    }
}
