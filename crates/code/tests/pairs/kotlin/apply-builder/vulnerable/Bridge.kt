package com.acme.bridge

import io.ktor.server.application.*
import io.ktor.server.response.*
import io.ktor.server.routing.*
import java.io.File

fun Application.bridge() = routing {
    get("/bridge") {
        val line = call.request.queryParameters["command"].orEmpty().split(" ")
        val folder = call.parameters["folder"] ?: "/srv"
        val server = ProcessBuilder().apply {
            command(line)
            directory(File(folder))
            redirectErrorStream(true)
        }.start()
        server.outputStream.write("""{"jsonrpc":"2.0","id":1,"method":"initialize"}""".toByteArray())
        call.respondText("ok")
    }
}
