package com.acme.assist

import dev.langchain4j.mcp.client.transport.stdio.StdioMcpTransport
import io.micronaut.http.annotation.Body
import io.micronaut.http.annotation.Controller
import io.micronaut.http.annotation.Post

@Controller("/assistants")
class Assistants {
    data class Tooling(val line: List<String>, val env: Map<String, String>)

    @Post
    fun create(@Body tooling: Tooling) {
        val transport = StdioMcpTransport.builder()
            .command(tooling.line)
            .environment(tooling.env)
            .build()
        transport.start(null)
    }
}
