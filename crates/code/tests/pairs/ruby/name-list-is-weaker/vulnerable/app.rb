require "sinatra"
require "json"
require "mcp"

ALLOWED_COMMANDS = %w[npx uvx python3].freeze

post "/start" do
  body = JSON.parse(request.body.read)
  halt 403 unless ALLOWED_COMMANDS.include?(File.basename(body["command"]))
  MCP::Client::Stdio.new(command: body["command"], args: body["args"])
  status 204
end
