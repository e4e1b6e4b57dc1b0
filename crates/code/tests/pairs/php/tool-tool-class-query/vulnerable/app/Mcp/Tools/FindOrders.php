<?php

namespace App\Mcp\Tools;

use Illuminate\Support\Facades\DB;
use Laravel\Mcp\Request;
use Laravel\Mcp\Response;
use Laravel\Mcp\Server\Tool;

class FindOrders extends Tool
{
    protected string $description = 'Finds the orders of a customer';

    public function handle(Request $request): Response
    {
        $customer = $request->get('customer');

        return Response::text(json_encode($this->find($customer)));
    }

    private function find(string $customer): array
    {
        return DB::table('orders')->whereRaw("customer = '" . $customer . "'")->get()->all();
    }
}
