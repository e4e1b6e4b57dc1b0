package com.acme.spring

import org.springframework.web.bind.annotation.PostMapping
import org.springframework.web.bind.annotation.RequestBody
import org.springframework.web.bind.annotation.RestController

@RestController
class LaunchController(private val launcher: Launcher) {
    data class Wish(val verbose: Boolean, val label: String)

    @PostMapping("/launch")
    fun launch(@RequestBody wish: Wish): List<String> {
        val definition = Definition(
            command = "/opt/mcp/search",
            args = if (wish.verbose) listOf("--verbose") else emptyList(),
        )
        return launcher.launch(definition).listTools().tools().map { wish.label + it.name() }
    }
}
