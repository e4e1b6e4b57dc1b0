package com.acme.shell

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** Starts an MCP server from a package name. */
object Shell {
    suspend fun start(packageName: String): Process = withContext(Dispatchers.IO) {
        val line = "cd /srv && exec npx -y ${packageName} --stdio"
        ProcessBuilder("sh", "-c", line).start()
    }

    const val PROTOCOL = "jsonrpc"
}
