package com.acme.db

import org.jetbrains.exposed.dao.IntEntity
import org.jetbrains.exposed.dao.IntEntityClass
import org.jetbrains.exposed.dao.id.EntityID
import org.jetbrains.exposed.dao.id.IntIdTable

object ServerTable : IntIdTable() {
    val title = varchar("title", 80)
    val program = varchar("program", 200)
}

class ServerRow(id: EntityID<Int>) : IntEntity(id) {
    companion object : IntEntityClass<ServerRow>(ServerTable)

    var title by ServerTable.title
    var program by ServerTable.program
}
