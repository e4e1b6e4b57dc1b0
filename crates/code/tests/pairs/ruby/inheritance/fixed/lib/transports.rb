require "mcp"

class Transport
  attr_accessor :options

  def initialize(options = {})
    @options = options
  end

  def open
    raise NotImplementedError
  end
end

class StdioTransport < Transport
  def open
    MCP::Client::Stdio.new(**launch)
  end

  private

  def launch
    { command: options[:command], args: options[:args], env: options[:env] }
  end
end
