require "sinatra/base"
require_relative "lib/mcp_pool"

class App < Sinatra::Base
  get "/probe/:name" do |name|
    McpPool.with_server("npx", "-y", "@acme/probe@1.0.0") do |client|
      "#{name}: #{client.tools.length}"
    end
  end
end
