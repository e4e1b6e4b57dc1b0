class ToolServer < ApplicationRecord
  belongs_to :account

  def connect
    RubyLLM::MCP.client(
      name: name,
      transport_type: :stdio,
      config: { command: command, args: args, env: env }
    )
  end
end
