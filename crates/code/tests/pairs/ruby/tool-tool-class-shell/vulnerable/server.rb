require "mcp"
require "open3"

class Resize < MCP::Tool
  description "Resizes a picture"
  input_schema(properties: { file: { type: "string" } }, required: ["file"])

  def self.call(file:, server_context:)
    out = Shell.run(file)
    MCP::Tool::Response.new([{ type: "text", text: out }])
  end
end

class Shell
  def self.run(file)
    out, _status = Open3.capture2("convert #{file} -resize 50% out.png")
    out
  end
end

server = MCP::Server.new(name: "pictures", tools: [Resize])
