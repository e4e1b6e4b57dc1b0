<?php

namespace App\Http\Controllers;

use App\Http\Requests\ConnectRequest;
use App\Mcp\Launch;
use App\Mcp\Manager;

class ConnectController
{
    public function __construct(private readonly Manager $manager)
    {
    }

    public function store(ConnectRequest $request)
    {
        $data = $request->validated();
        $this->manager->start($data['label'], Launch::fromArray($data));
    }
}
