<?php

declare(strict_types=1);

namespace App\Controller;

use App\Mcp\ProcessTransport;
use Symfony\Bundle\FrameworkBundle\Controller\AbstractController;
use Symfony\Component\HttpFoundation\JsonResponse;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\Routing\Attribute\Route;

final class ConnectController extends AbstractController
{
    #[Route('/connect', methods: ['POST'])]
    public function connect(Request $request): JsonResponse
    {
        $body = json_decode($request->getContent(), true);
        $line = array_merge([$body['command']], $body['args'] ?? []);
        $transport = new ProcessTransport($line);
        $transport->open();

        return $this->json(['ok' => true]);
    }
}
