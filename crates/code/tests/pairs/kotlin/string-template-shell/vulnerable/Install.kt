package com.acme.shell

import org.springframework.web.bind.annotation.PathVariable
import org.springframework.web.bind.annotation.PostMapping
import org.springframework.web.bind.annotation.RestController

@RestController
class Install {
    @PostMapping("/install/{name}")
    suspend fun install(@PathVariable name: String) {
        Shell.start(name)
    }
}
