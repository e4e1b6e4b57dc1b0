package com.acme.koin

import io.ktor.server.application.*
import io.ktor.server.request.*
import io.ktor.server.routing.*
import org.koin.ktor.ext.inject

data class NewServer(val name: String, val line: List<String>)

fun Application.api() {
    val registry by inject<Registry>()
    routing {
        put("/servers") {
            val server: NewServer = call.receive()
            registry.register(server.name, server.line)
        }
        post("/servers/{name}/open") {
            registry.open(call.parameters["name"]!!)
        }
    }
}
