require "mcp"

class McpLauncher
  def initialize(command, args)
    @command = command
    @args = args
  end

  def tools
    transport = MCP::Client::Stdio.new(command: @command, args: @args || [])
    client = MCP::Client.new(transport: transport)
    client.tools.map(&:name)
  end
end
