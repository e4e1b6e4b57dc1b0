package com.acme.config

import io.modelcontextprotocol.client.transport.HttpClientSseClientTransport
import io.modelcontextprotocol.client.transport.ServerParameters
import io.modelcontextprotocol.client.transport.StdioClientTransport
import io.modelcontextprotocol.spec.McpClientTransport

sealed class ServerConfig {
    data class Stdio(val command: String, val args: List<String>) : ServerConfig()
    data class Remote(val url: String) : ServerConfig()
}

fun ServerConfig.open(): McpClientTransport = when (this) {
    is ServerConfig.Stdio -> StdioClientTransport(ServerParameters.builder(command).args(args).build())
    is ServerConfig.Remote -> HttpClientSseClientTransport.builder(url).build()
}
