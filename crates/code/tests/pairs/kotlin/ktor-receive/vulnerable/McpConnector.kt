package com.acme.tools

import io.modelcontextprotocol.kotlin.sdk.Implementation
import io.modelcontextprotocol.kotlin.sdk.client.Client
import io.modelcontextprotocol.kotlin.sdk.client.StdioClientTransport
import kotlinx.io.asSink
import kotlinx.io.asSource
import kotlinx.io.buffered

class McpConnector {
    suspend fun connect(command: String, args: List<String>): Client {
        val process = ProcessBuilder(listOf(command) + args).start()
        val transport = StdioClientTransport(
            input = process.inputStream.asSource().buffered(),
            output = process.outputStream.asSink().buffered(),
        )
        val client = Client(Implementation("acme", "1.0"))
        client.connect(transport)
        return client
    }
}
