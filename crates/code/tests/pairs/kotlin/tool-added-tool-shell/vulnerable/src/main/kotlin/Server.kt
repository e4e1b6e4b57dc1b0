package dev.example

import io.modelcontextprotocol.kotlin.sdk.CallToolResult
import io.modelcontextprotocol.kotlin.sdk.TextContent
import io.modelcontextprotocol.kotlin.sdk.server.Server
import kotlinx.serialization.json.jsonPrimitive

fun convert(source: String): String {
    val process = ProcessBuilder("bash", "-c", "convert $source out.png").start()
    return process.inputStream.bufferedReader().readText()
}

fun install(server: Server) {
    server.addTool(name = "convert", description = "Converts a picture") { request ->
        val source = request.arguments["source"]?.jsonPrimitive?.content ?: ""
        CallToolResult(content = listOf(TextContent(convert(source))))
    }
}
