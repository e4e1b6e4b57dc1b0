package com.acme.assist

import dev.langchain4j.mcp.client.transport.stdio.StdioMcpTransport
import io.micronaut.http.annotation.Body
import io.micronaut.http.annotation.Controller
import io.micronaut.http.annotation.Post

@Controller("/assistants")
class Assistants {
    data class Tooling(val quiet: Boolean)

    @Post
    fun create(@Body tooling: Tooling) {
        val transport = StdioMcpTransport.builder()
            .command(listOf("/opt/mcp/search", "--stdio"))
            .environment(mapOf("LANG" to "C.UTF-8"))
            .logEvents(!tooling.quiet)
            .build()
        transport.start(null)
    }
}
