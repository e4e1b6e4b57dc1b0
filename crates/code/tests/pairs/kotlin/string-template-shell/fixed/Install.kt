package com.acme.shell

import org.springframework.web.bind.annotation.PathVariable
import org.springframework.web.bind.annotation.PostMapping
import org.springframework.web.bind.annotation.RestController

enum class Known(val packageName: String) {
    TIME("@acme/time@1.4.2"),
    FILES("@acme/files@2.0.0"),
}

@RestController
class Install {
    @PostMapping("/install/{name}")
    suspend fun install(@PathVariable name: String) {
        val known = Known.entries.first { it.name == name }
        Shell.start(known.packageName)
    }
}
