package com.acme.koin

import io.ktor.server.application.*
import io.ktor.server.request.*
import io.ktor.server.routing.*
import org.koin.ktor.ext.inject

data class NewServer(val name: String)

fun Application.api() {
    val registry by inject<Registry>()
    registry.register("time", listOf("/opt/mcp/time"))
    routing {
        put("/servers") {
            val server: NewServer = call.receive()
            log.info(server.name)
        }
        post("/servers/{name}/open") {
            registry.open(call.parameters["name"]!!)
        }
    }
}
