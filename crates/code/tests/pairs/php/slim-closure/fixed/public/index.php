<?php

use Mcp\Client\Client;
use Psr\Http\Message\ResponseInterface as Response;
use Psr\Http\Message\ServerRequestInterface as Request;
use Slim\Factory\AppFactory;

require __DIR__ . '/../vendor/autoload.php';

$app = AppFactory::create();
$app->addBodyParsingMiddleware();
$settings = ['command' => '/opt/mcp/search', 'args' => ['--stdio']];

$app->post('/sessions', function (Request $request, Response $response) use ($settings) {
    $data = $request->getParsedBody();
    $client = new Client();
    $session = $client->connect($settings['command'], $settings['args'], null);
    $response->getBody()->write(json_encode([$data['label'], $session->listTools()]));

    return $response;
});

$app->run();
