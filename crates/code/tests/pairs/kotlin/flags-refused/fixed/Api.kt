package com.acme.flags

import io.modelcontextprotocol.client.transport.ServerParameters
import io.modelcontextprotocol.client.transport.StdioClientTransport
import org.springframework.web.bind.annotation.*

@RestController
class Api(private val policy: Policy) {
    class Body(val command: String, val args: List<String>)

    @PostMapping("/start")
    fun start(@RequestBody body: Body) {
        policy.verify(body.command, body.args)
        StdioClientTransport(ServerParameters.builder(body.command).args(body.args).build())
    }
}
