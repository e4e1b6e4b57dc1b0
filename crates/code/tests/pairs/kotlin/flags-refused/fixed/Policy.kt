package com.acme.flags

class Policy {
    private val refused = setOf("-c", "--call", "-e", "--eval")

    fun verify(command: String, args: List<String>) {
        if (command !in listOf("npx", "node")) throw IllegalArgumentException(command)
        if (args.any { it in refused }) throw IllegalArgumentException("a flag is refused")
    }
}
