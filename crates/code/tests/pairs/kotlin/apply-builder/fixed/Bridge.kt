package com.acme.bridge

import io.ktor.server.application.*
import io.ktor.server.response.*
import io.ktor.server.routing.*
import java.io.File

fun Application.bridge() = routing {
    get("/bridge") {
        val label = call.request.queryParameters["label"].orEmpty()
        val server = ProcessBuilder().apply {
            command(listOf("/opt/mcp/time", "--stdio"))
            directory(File("/srv"))
            redirectErrorStream(true)
        }.start()
        server.outputStream.write("""{"jsonrpc":"2.0","id":1,"method":"initialize"}""".toByteArray())
        call.respondText("ok $label")
    }
}
