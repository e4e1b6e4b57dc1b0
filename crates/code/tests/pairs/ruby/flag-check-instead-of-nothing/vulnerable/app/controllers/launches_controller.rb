require "mcp"

class LaunchesController < ApplicationController
  def create
    command = params.require(:command)
    args = params.fetch(:args, [])
    MCP::Client::Stdio.new(command: command, args: args)
    head :created
  end
end
