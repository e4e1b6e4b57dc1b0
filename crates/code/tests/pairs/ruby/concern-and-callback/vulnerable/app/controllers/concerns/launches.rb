require "mcp"

module Launches
  def launch_all(servers)
    servers.each_value.map do |server|
      MCP::Client::Stdio.new(command: server["command"], args: server["args"] || [])
    end
  end
end
