package dev.example

import org.springframework.ai.tool.annotation.Tool
import org.springframework.jdbc.core.JdbcTemplate
import org.springframework.stereotype.Service

@Service
class OrderTools(private val jdbc: JdbcTemplate) {

    @Tool(description = "Finds the orders of a customer")
    fun orders(customer: String): List<Map<String, Any>> = find(customer)

    private fun find(customer: String) =
        jdbc.queryForList("select * from orders where customer = '$customer'")
}
