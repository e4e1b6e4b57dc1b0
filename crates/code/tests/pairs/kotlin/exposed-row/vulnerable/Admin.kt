package com.acme.db

import io.ktor.server.application.call
import io.ktor.server.request.receiveParameters
import io.ktor.server.response.respondText
import io.ktor.server.routing.Routing
import io.ktor.server.routing.post
import org.jetbrains.exposed.sql.transactions.transaction

fun Routing.admin() {
    post("/servers") {
        val form = call.receiveParameters()
        val row = transaction {
            ServerRow.new {
                title = form["title"] ?: "untitled"
                program = form["program"] ?: "time"
            }
        }
        call.respondText(row.id.toString())
    }
}
