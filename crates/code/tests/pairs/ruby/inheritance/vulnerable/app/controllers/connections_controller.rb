class ConnectionsController < ActionController::API
  def preview
    options = params.to_unsafe_h.symbolize_keys
    transport = StdioTransport.new(options.slice(:command, :args))
    transport.open
    head :no_content
  end
end
