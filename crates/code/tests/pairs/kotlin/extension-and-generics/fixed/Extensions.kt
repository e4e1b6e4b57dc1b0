package com.acme.ext

import com.google.gson.Gson
import io.modelcontextprotocol.client.transport.ServerParameters
import io.modelcontextprotocol.client.transport.StdioClientTransport

data class Server(var command: String = "", var args: MutableList<String> = mutableListOf())

inline fun <reified T> String.parsed(): T = Gson().fromJson(this, T::class.java)

fun Server.toTransport() = StdioClientTransport(
    ServerParameters.builder(this.command).args(this.args).build(),
)

fun start(servers: List<Server>) = servers.map(Server::toTransport)
