package com.acme.config

import io.ktor.server.routing.Route
import io.ktor.server.websocket.receiveDeserialized
import io.ktor.server.websocket.webSocket

data class Wish(val url: String?)

fun Route.sockets() {
    webSocket("/connect") {
        val wish = receiveDeserialized<Wish>()
        val config = if (wish.url != null) {
            ServerConfig.Remote(wish.url)
        } else {
            ServerConfig.Stdio("/opt/mcp/time", emptyList())
        }
        config.open()
    }
}
