use sqlx::SqlitePool;

#[derive(sqlx::FromRow)]
pub struct ServerRow {
    pub id: i64,
    pub command: String,
    pub args: String,
}

pub async fn save(pool: &SqlitePool, row: &ServerRow) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO servers (command, args) VALUES (?, ?)")
        .bind(&row.command)
        .bind(&row.args)
        .execute(pool)
        .await?;
    Ok(())
}

pub async fn load(pool: &SqlitePool, id: i64) -> sqlx::Result<ServerRow> {
    sqlx::query_as::<_, ServerRow>("SELECT * FROM servers WHERE id = ?").bind(id).fetch_one(pool).await
}
