<?php

use Acme\Import\Importer;

$text = file_get_contents('/etc/acme/mcp.json');
$config = json_decode($text, true, 16, JSON_THROW_ON_ERROR);
echo (new Importer())->import($config), $_FILES['config']['name'];
