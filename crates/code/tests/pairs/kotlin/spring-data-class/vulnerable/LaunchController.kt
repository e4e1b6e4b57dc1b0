package com.acme.spring

import org.springframework.web.bind.annotation.PostMapping
import org.springframework.web.bind.annotation.RequestBody
import org.springframework.web.bind.annotation.RestController

@RestController
class LaunchController(private val launcher: Launcher) {
    @PostMapping("/launch")
    fun launch(@RequestBody definition: Definition): List<String> =
        launcher.launch(definition).listTools().tools().map { it.name() }
}
