class ServersController < ApplicationController
  KNOWN = {
    "files" => { command: "/opt/mcp/files", args: ["--root", "/srv"] }
  }.freeze

  def test
    known = KNOWN.fetch(params[:name])
    launcher = McpLauncher.new(known[:command], known[:args])
    render json: { tools: launcher.tools }
  end
end
