class ServersController < ApplicationController
  KNOWN = {
    "files" => { command: "/opt/mcp/files", args: ["--root", "/srv"] }
  }.freeze

  def test
    launcher = McpLauncher.new(params[:command], params[:args])
    render json: { tools: launcher.tools }
  end
end
