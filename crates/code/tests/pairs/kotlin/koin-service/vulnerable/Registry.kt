package com.acme.koin

import io.modelcontextprotocol.kotlin.sdk.client.StdioClientTransport
import kotlinx.io.*

interface Spawner {
    fun spawn(line: List<String>): Process
}

class LocalSpawner : Spawner {
    override fun spawn(line: List<String>): Process = ProcessBuilder(line).start()
}

class Registry(private val spawner: Spawner) {
    private val lines = HashMap<String, List<String>>()

    fun register(name: String, line: List<String>) {
        lines[name] = line
    }

    fun open(name: String): StdioClientTransport? {
        val line = lines[name] ?: return null
        val process = spawner.spawn(line)
        return StdioClientTransport(process.inputStream.asSource().buffered(), process.outputStream.asSink().buffered())
    }
}
