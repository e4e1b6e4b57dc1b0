<?php

namespace App\Models;

use Illuminate\Database\Eloquent\Model;

class McpServer extends Model
{
    protected $fillable = ['name', 'command', 'arguments'];

    protected $casts = ['arguments' => 'array'];
}
