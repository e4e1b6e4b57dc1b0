require "sinatra"
require "json"
require "mcp_client"

SERVERS = { "time" => ["/opt/mcp/time", "--utc"] }.freeze

post "/servers/test" do
  body = JSON.parse(request.body.read)
  config = MCPClient.stdio_config(command: SERVERS.fetch(body["name"]), name: "test")
  client = MCPClient.create_client(mcp_server_configs: [config])
  json_tools = client.list_tools.map(&:name)
  client.cleanup
  json_tools.to_json
end
