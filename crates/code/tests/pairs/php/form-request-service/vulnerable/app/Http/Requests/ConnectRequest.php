<?php

namespace App\Http\Requests;

use Illuminate\Foundation\Http\FormRequest;

class ConnectRequest extends FormRequest
{
    public function rules(): array
    {
        return ['command' => 'required|string', 'args' => 'array', 'label' => 'string'];
    }
}
