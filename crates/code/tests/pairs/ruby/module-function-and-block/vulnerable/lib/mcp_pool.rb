require "mcp"

module McpPool
  module_function

  def with_server(command, *args)
    transport = MCP::Client::Stdio.new(command: command, args: args)
    client = MCP::Client.new(transport: transport)
    yield client
  ensure
    transport&.close
  end
end
