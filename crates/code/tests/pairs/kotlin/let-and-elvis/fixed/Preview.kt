package com.acme.preview

import io.modelcontextprotocol.client.transport.ServerParameters
import io.modelcontextprotocol.client.transport.StdioClientTransport
import org.springframework.web.reactive.function.server.ServerRequest
import org.springframework.web.reactive.function.server.ServerResponse
import org.springframework.web.reactive.function.server.awaitBody
import org.springframework.web.reactive.function.server.buildAndAwait
import org.springframework.web.reactive.function.server.coRouter

class Preview {
    fun router() = coRouter {
        POST("/preview", ::preview)
    }

    suspend fun preview(request: ServerRequest): ServerResponse {
        val body = request.awaitBody<Map<String, Any>>()
        val command = if (body["kind"] == "time") "/opt/mcp/time" else "/opt/mcp/files"
        command.let { program -> StdioClientTransport(ServerParameters.builder(program).build()) }
        return ServerResponse.ok().buildAndAwait()
    }
}
