package com.acme.tools

import io.ktor.http.HttpStatusCode
import io.ktor.server.application.call
import io.ktor.server.request.receive
import io.ktor.server.response.respond
import io.ktor.server.routing.Route
import io.ktor.server.routing.post
import kotlinx.serialization.Serializable

@Serializable
data class TestRequest(val name: String)

private val servers = mapOf(
    "time" to listOf("/opt/mcp/time"),
    "files" to listOf("/opt/mcp/files", "--root", "/srv/shared"),
)

fun Route.serverRoutes(connector: McpConnector) {
    post("/servers/test") {
        val request = call.receive<TestRequest>()
        val line = servers[request.name] ?: return@post call.respond(HttpStatusCode.NotFound)
        val client = connector.connect(line.first(), line.drop(1))
        call.respond(client.listTools()?.tools?.map { it.name } ?: emptyList())
    }
}
