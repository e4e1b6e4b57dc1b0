package com.acme.fn

import org.springframework.web.bind.annotation.*

@RestController
class Wiring {
    private val known = mapOf("time" to listOf("/opt/mcp/time"))
    private val sessions = Sessions { name -> known.getValue(name) }

    @PostMapping("/open")
    fun open(@RequestParam name: String) {
        sessions.open(name)
    }
}
