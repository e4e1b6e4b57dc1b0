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
        stdio = Bridge::Stdio.new(command: params[:command], args: params[:args])
        stdio.start
        { status: "started" }
      end
    end
  end
end
