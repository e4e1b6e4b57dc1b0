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
    /** @param list<string> $line */
    public function __construct(private readonly array $line = ['/opt/mcp/search', '--stdio'])
    {
    }

    #[Route('/connect', methods: ['POST'])]
    public function connect(Request $request): JsonResponse
    {
        $body = json_decode($request->getContent(), true);
        $transport = new ProcessTransport($this->line);
        $transport->open();

        return $this->json(['ok' => true, 'label' => $body['label']]);
    }
}
