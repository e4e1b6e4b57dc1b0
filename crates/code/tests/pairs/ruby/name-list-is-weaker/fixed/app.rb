require "sinatra"
require "json"
require "mcp"

MANIFEST = { "files" => ["/opt/mcp/files", "--root"] }.freeze

post "/start" do
  body = JSON.parse(request.body.read)
  program, *rest = MANIFEST.fetch(body["name"])
  MCP::Client::Stdio.new(command: program, args: rest)
  status 204
end
