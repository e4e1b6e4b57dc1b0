import io.modelcontextprotocol.kotlin.sdk.client.Client
import io.modelcontextprotocol.kotlin.sdk.client.StdioClientTransport
import io.modelcontextprotocol.kotlin.sdk.types.CallToolRequest
import io.modelcontextprotocol.kotlin.sdk.types.CallToolRequestParams
import io.modelcontextprotocol.kotlin.sdk.types.GetPromptRequest
import io.modelcontextprotocol.kotlin.sdk.types.GetPromptRequestParams
import io.modelcontextprotocol.kotlin.sdk.types.Implementation
import io.modelcontextprotocol.kotlin.sdk.types.McpJson
import io.modelcontextprotocol.kotlin.sdk.types.ReadResourceRequest
import io.modelcontextprotocol.kotlin.sdk.types.ReadResourceRequestParams
import java.io.File
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import kotlin.system.exitProcess
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.io.asSink
import kotlinx.io.asSource
import kotlinx.io.buffered
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.encodeToJsonElement
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long

// A host on the official Kotlin SDK, which takes streams: starting the process is the application's own, as in the
// SDK's documentation. See ../README.md.

private fun JsonObject.text(name: String): String? = (get(name) as? JsonPrimitive)?.takeIf { it !is JsonNull }?.content

private fun JsonObject.given(name: String): JsonObject? = get(name) as? JsonObject

private fun call(call: JsonObject) =
    CallToolRequest(CallToolRequestParams(name = call.text("name")!!, arguments = call.given("arguments")))

private inline fun <reified T> plain(said: T): JsonElement = McpJson.encodeToJsonElement(said)

private fun start(server: JsonObject): Process {
    val builder = ProcessBuilder(listOf(server.text("command")!!) + server["args"]!!.jsonArray.map { it.jsonPrimitive.content })
    server.given("env")?.forEach { (name, value) -> builder.environment()[name] = value.jsonPrimitive.content }
    server.text("cwd")?.let { builder.directory(File(it)) }
    return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start()
}

private suspend fun visit(document: JsonObject): JsonObject {
    val process = start(document.given("server")!!)
    val client = Client(Implementation("host", "1.0.0"))
    val answer = mutableMapOf<String, JsonElement>()
    try {
        client.connect(
            StdioClientTransport(process.inputStream.asSource().buffered(), process.outputStream.asSink().buffered()),
        )
        answer["server"] = plain(client.serverVersion)
        answer["offers"] = plain(client.serverCapabilities)
        answer["tools"] = plain(client.listTools())
        answer["results"] = JsonArray(document["calls"]!!.jsonArray.map { plain(client.callTool(call(it.jsonObject))) })
        document.given("everything")?.let { everything(client, document, it, answer) }
        return JsonObject(answer)
    } finally {
        process.outputStream.close() // how the protocol ends a server
        if (!process.waitFor(3, TimeUnit.SECONDS)) process.destroy()
        client.close()
    }
}

private suspend fun everything(
    client: Client,
    document: JsonObject,
    wanted: JsonObject,
    answer: MutableMap<String, JsonElement>,
) {
    if (client.serverCapabilities?.resources != null) {
        val listed = client.listResources()
        answer["resources"] = plain(listed)
        listed.resources.firstOrNull()?.let {
            answer["read"] = plain(client.readResource(ReadResourceRequest(ReadResourceRequestParams(it.uri))))
        }
    }
    if (client.serverCapabilities?.prompts != null) answer["prompts"] = plain(client.listPrompts())
    wanted.text("prompt")?.let {
        answer["prompt"] = plain(client.getPrompt(GetPromptRequest(GetPromptRequestParams(it))))
    }
    client.ping()
    wanted.given("slow")?.let {
        answer["cancelled"] = JsonPrimitive(withTimeoutOrNull(300) { client.callTool(call(it)) } == null)
        answer["after"] = plain(client.callTool(call(document["calls"]!!.jsonArray.first().jsonObject)))
    }
}

private fun answer(document: JsonObject): JsonObject =
    try {
        runBlocking { withTimeout(document["patience"]!!.jsonPrimitive.long * 1000) { visit(document) } }
    } catch (error: Throwable) { // whatever the SDK threw is the answer
        JsonObject(mapOf("failed" to JsonPrimitive(error.toString())))
    }

fun main() {
    val workers = Executors.newFixedThreadPool(8)
    generateSequence(::readlnOrNull)
        .map { Json.parseToJsonElement(it).jsonObject }
        .map { workers.submit(Callable { answer(it) }) }
        .toList()
        .forEach { println(it.get()) }
    exitProcess(0)
}
