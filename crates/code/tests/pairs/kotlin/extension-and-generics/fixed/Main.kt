package com.acme.ext

import io.javalin.Javalin
import java.io.File

fun main() {
    Javalin.create().post("/start") { ctx ->
        val server = File("/etc/acme/server.json").readText().parsed<Server>()
        start(listOf(server))
        ctx.result(ctx.body())
    }.start(7000)
}
