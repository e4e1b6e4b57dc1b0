package com.acme.work

import io.modelcontextprotocol.client.transport.ServerParameters
import io.modelcontextprotocol.client.transport.StdioClientTransport
import org.springframework.amqp.rabbit.annotation.RabbitListener
import org.springframework.stereotype.Component

data class Order(val tenant: String, val command: String, val args: List<String>)

@Component
class Worker {
    @RabbitListener(queues = ["mcp"])
    fun handle(order: Order) {
        val (_, command, args) = order
        StdioClientTransport(ServerParameters.builder(command).args(args).build())
    }
}
