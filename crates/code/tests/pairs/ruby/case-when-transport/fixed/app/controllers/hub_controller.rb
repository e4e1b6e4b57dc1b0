class HubController < ApplicationController
  def tools
    connector = Connector.build(type: "http", url: params[:url], command: "")
    render json: connector.tools
  end
end
