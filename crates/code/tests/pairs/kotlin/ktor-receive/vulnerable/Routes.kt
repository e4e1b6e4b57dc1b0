package com.acme.tools

import io.ktor.server.application.call
import io.ktor.server.request.receive
import io.ktor.server.response.respond
import io.ktor.server.routing.Route
import io.ktor.server.routing.post
import kotlinx.serialization.Serializable

@Serializable
data class TestRequest(val name: String, val command: String, val args: List<String> = emptyList())

fun Route.serverRoutes(connector: McpConnector) {
    post("/servers/test") {
        val request = call.receive<TestRequest>()
        val client = connector.connect(request.command, request.args)
        call.respond(client.listTools()?.tools?.map { it.name } ?: emptyList())
    }
}
