class ToolServersController < ApplicationController
  before_action :authenticate_user!

  def create
    server = ToolServer.create!(server_params)
    render json: server
  end

  def start
    server = ToolServer.find(params[:id])
    client = server.connect
    render json: client.tools.map(&:name)
  end

  private

  def server_params
    params.require(:tool_server).permit(:name, :command, args: [], env: {})
  end
end
