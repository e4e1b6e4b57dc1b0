package com.acme.work

import io.modelcontextprotocol.client.transport.ServerParameters
import io.modelcontextprotocol.client.transport.StdioClientTransport
import org.slf4j.LoggerFactory
import org.springframework.amqp.rabbit.annotation.RabbitListener
import org.springframework.stereotype.Component

data class Order(val tenant: String)

@Component
class Worker(private val settings: Settings) {
    private val log = LoggerFactory.getLogger(javaClass)

    @RabbitListener(queues = ["mcp"])
    fun handle(order: Order) {
        log.info(order.tenant)
        StdioClientTransport(ServerParameters.builder(settings.command).args(settings.args).build())
    }
}

class Settings(val command: String = "/opt/mcp/search", val args: List<String> = listOf("--stdio"))
