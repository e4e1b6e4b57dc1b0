require "mcp"

class Connector
  def self.build(config)
    case config[:type]
    when "http"
      MCP::Client::HTTP.new(url: config[:url])
    when "stdio"
      command, *args = Shellwords.split(config[:command])
      MCP::Client::Stdio.new(command: command, args: args)
    else
      raise ArgumentError, "unknown transport"
    end
  end
end
