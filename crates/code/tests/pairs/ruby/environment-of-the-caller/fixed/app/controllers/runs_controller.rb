require "mcp"

class RunsController < ApplicationController
  def create
    env = { "PATH" => "/usr/bin" }
    params[:env].each do |key, value|
      Rails.logger.info(key + value)
    end
    MCP::Client::Stdio.new(command: "node", args: ["/opt/mcp/server.js"], env: env)
    head :no_content
  end
end
