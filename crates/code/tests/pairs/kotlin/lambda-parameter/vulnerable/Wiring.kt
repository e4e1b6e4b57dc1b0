package com.acme.fn

import org.springframework.web.bind.annotation.*

@RestController
class Wiring {
    private val sessions = Sessions { name -> name.split(' ') }

    @PostMapping("/open")
    fun open(@RequestParam name: String) {
        sessions.open(name)
    }
}
