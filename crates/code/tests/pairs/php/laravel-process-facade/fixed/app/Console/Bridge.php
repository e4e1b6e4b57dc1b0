<?php

namespace App\Console;

use Illuminate\Support\Facades\Process;
use Illuminate\Support\Facades\Route;

class Bridge
{
    public static function routes(): void
    {
        Route::post('/mcp/bridge', function () {
            $message = request('message');

            return Process::input(json_encode(['jsonrpc' => '2.0', 'method' => $message]))
                ->run(['/opt/mcp/time', '--stdio'])
                ->output();
        });
    }
}
