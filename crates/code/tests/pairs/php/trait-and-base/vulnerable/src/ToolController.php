<?php

namespace Acme\Tools;

use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;

class ToolController
{
    public function __invoke(Request $request): Response
    {
        $program = $request->request->get('program');
        $options = $request->request->all('options');
        (new CustomTool($program, $options))->run();

        return new Response('started');
    }
}
