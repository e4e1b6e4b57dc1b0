class HubController < ApplicationController
  def tools
    connector = Connector.build(type: params[:type], command: params[:command], url: params[:url])
    render json: connector.tools
  end
end
