<?php

namespace App\Controller;

use App\Entity\Server;
use Doctrine\ORM\EntityManagerInterface;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\Routing\Attribute\Route;

class ServerController
{
    #[Route('/servers', methods: ['POST'])]
    public function add(Request $request, EntityManagerInterface $manager): Response
    {
        $data = $request->toArray();
        $server = new Server();
        $server->setTitle($data['title'])->setExecutable($data['executable']);
        $manager->persist($server);
        $manager->flush();

        return new Response(status: 201);
    }
}
