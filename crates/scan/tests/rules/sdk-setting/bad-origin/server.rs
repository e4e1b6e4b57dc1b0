use rmcp::transport::streamable_http_server::StreamableHttpServerConfig;

fn config() -> StreamableHttpServerConfig {
    StreamableHttpServerConfig::default().disable_allowed_hosts()
}
