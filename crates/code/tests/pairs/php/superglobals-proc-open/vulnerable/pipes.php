<?php

function open_server(string $line)
{
    $spec = [['pipe', 'r'], ['pipe', 'w'], ['file', '/dev/null', 'a']];
    $process = proc_open($line, $spec, $pipes, '/srv');
    fwrite($pipes[0], json_encode(['jsonrpc' => '2.0', 'id' => 1, 'method' => 'initialize']) . "\n");

    return $pipes[1];
}

function read_reply($pipe): string
{
    return fgets($pipe);
}
