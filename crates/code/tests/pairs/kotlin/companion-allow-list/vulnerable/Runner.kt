package com.acme.guard

import io.modelcontextprotocol.client.transport.ServerParameters
import io.modelcontextprotocol.client.transport.StdioClientTransport
import org.springframework.web.bind.annotation.*

@RestController
class Runner {
    @GetMapping("/run")
    fun run(@RequestParam command: String, @RequestParam args: List<String>): String {
        require(command.isNotBlank()) { "command is missing" }
        return StdioClientTransport(ServerParameters.builder(command).args(args).build()).toString()
    }
}
