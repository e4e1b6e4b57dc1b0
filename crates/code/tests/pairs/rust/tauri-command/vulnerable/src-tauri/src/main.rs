mod mcp;

#[tauri::command]
async fn add_server(server: mcp::Server) -> Result<(), String> {
    mcp::spawn(server)?;
    Ok(())
}

fn main() {
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![add_server])
        .run(tauri::generate_context!())
        .expect("no window");
}
