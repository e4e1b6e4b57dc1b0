<?php

namespace Acme\Tools;

use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;

class ToolController
{
    private const PROGRAM = '/opt/mcp/index';

    public function __invoke(Request $request): Response
    {
        $label = $request->request->get('label');
        (new CustomTool(self::PROGRAM, ['args' => ['--stdio']]))->run();

        return new Response($label);
    }
}
