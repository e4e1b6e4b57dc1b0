<?php
// Bridges a browser to an MCP server on stdio (jsonrpc lines).
require __DIR__ . '/pipes.php';

$servers = require '/etc/acme/servers.php';
$name = $_GET['name'] ?? 'time';
if (!array_key_exists($name, $servers)) {
    http_response_code(404);
    exit;
}
$process = open_server($servers[$name]);
echo read_reply($process);
