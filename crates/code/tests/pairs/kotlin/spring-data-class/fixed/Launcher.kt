package com.acme.spring

import io.modelcontextprotocol.client.McpClient
import io.modelcontextprotocol.client.McpSyncClient
import io.modelcontextprotocol.client.transport.ServerParameters
import io.modelcontextprotocol.client.transport.StdioClientTransport
import org.springframework.stereotype.Service

@Service
class Launcher {
    fun launch(definition: Definition): McpSyncClient {
        val parameters = ServerParameters.builder(definition.command)
            .args(definition.args)
            .env(definition.env)
            .build()
        return McpClient.sync(StdioClientTransport(parameters)).build().also { it.initialize() }
    }
}

data class Definition(
    val command: String,
    val args: List<String> = emptyList(),
    val env: Map<String, String> = emptyMap(),
)
