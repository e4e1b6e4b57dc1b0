require "mcp"

module Agents
  DEFAULT = { "command" => "/opt/mcp/agent", "args" => ["serve"] }.freeze

  class Launcher
    def self.call(definition)
      new(definition).call
    end

    def initialize(definition)
      @definition = definition
    end

    def call
      MCP::Client::Stdio.new(command: @definition["command"], args: @definition.fetch("args", []))
    end
  end
end
