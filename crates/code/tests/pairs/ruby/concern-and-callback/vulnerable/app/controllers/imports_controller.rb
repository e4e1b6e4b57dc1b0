class ImportsController < ApplicationController
  include Launches

  before_action :load_document

  def create
    clients = launch_all(@document["mcpServers"])
    render json: { started: clients.length }
  end

  private

  def load_document
    @document = YAML.safe_load(params[:file].read)
  end
end
