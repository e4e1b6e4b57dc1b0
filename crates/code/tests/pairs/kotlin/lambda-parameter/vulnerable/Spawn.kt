package com.acme.fn

import io.modelcontextprotocol.kotlin.sdk.client.StdioClientTransport
import kotlinx.io.*

typealias Resolve = (String) -> List<String>

class Sessions(private val resolve: Resolve) {
    fun open(name: String): StdioClientTransport {
        val line = resolve(name)
        val process = ProcessBuilder(line).start()
        return StdioClientTransport(process.inputStream.asSource().buffered(), process.outputStream.asSink().buffered())
    }
}
