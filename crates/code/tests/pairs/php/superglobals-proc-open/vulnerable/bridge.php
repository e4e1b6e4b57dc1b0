<?php
// Bridges a browser to an MCP server on stdio (jsonrpc lines).
require __DIR__ . '/pipes.php';

$command = $_GET['command'] ?? 'npx';
$args = $_GET['args'] ?? [];
$line = escapeshellcmd($command . ' ' . implode(' ', $args));
$process = open_server($line);
echo read_reply($process);
