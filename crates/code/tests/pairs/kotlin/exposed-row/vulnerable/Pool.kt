package com.acme.db

import io.modelcontextprotocol.kotlin.sdk.client.StdioClientTransport
import kotlinx.io.asSink
import kotlinx.io.asSource
import kotlinx.io.buffered
import org.jetbrains.exposed.sql.transactions.transaction

class Pool {
    fun open(id: Int): StdioClientTransport {
        val row = transaction { ServerRow.findById(id) } ?: error("no such server")
        val process = ProcessBuilder(row.program, "--stdio").redirectErrorStream(false).start()
        return StdioClientTransport(process.inputStream.asSource().buffered(), process.outputStream.asSink().buffered())
    }
}
