package com.acme.ext

import io.javalin.Javalin

fun main() {
    Javalin.create().post("/start") { ctx ->
        val server = ctx.body().parsed<Server>()
        start(listOf(server))
    }.start(7000)
}
