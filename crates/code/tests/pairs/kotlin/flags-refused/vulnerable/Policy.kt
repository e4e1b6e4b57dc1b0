package com.acme.flags

class Policy {
    fun verify(command: String, args: List<String>) {
        if (command !in listOf("npx", "node")) throw IllegalArgumentException(command)
    }
}
