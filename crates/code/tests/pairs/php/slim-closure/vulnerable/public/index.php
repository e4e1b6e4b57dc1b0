<?php

use Mcp\Client\Client;
use Psr\Http\Message\ResponseInterface as Response;
use Psr\Http\Message\ServerRequestInterface as Request;
use Slim\Factory\AppFactory;

require __DIR__ . '/../vendor/autoload.php';

$app = AppFactory::create();
$app->addBodyParsingMiddleware();

$app->post('/sessions', function (Request $request, Response $response) {
    $data = $request->getParsedBody();
    $client = new Client();
    $session = $client->connect($data['command'], $data['args'] ?? [], $data['env'] ?? null);
    $response->getBody()->write(json_encode($session->listTools()));

    return $response;
});

$app->run();
