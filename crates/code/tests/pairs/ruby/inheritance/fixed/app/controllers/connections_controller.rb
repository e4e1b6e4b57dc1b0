class ConnectionsController < ActionController::API
  def preview
    options = params.to_unsafe_h.symbolize_keys
    transport = StdioTransport.new({ command: "/opt/mcp/preview", args: [options.length.to_s] })
    transport.open
    head :no_content
  end
end
