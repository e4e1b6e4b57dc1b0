require "grape"
require_relative "stdio"

module Bridge
  class API < Grape::API
    format :json

    resource :bridges do
      params do
        requires :command, type: String
        optional :args, type: Array
      end
      post do
        stdio = Bridge::Stdio.new(command: "/opt/mcp/bridge", args: ["--count", params[:args].length.to_s])
        stdio.start
        { status: "started" }
      end
    end
  end
end
