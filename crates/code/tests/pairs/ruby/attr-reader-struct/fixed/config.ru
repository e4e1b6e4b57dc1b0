require "mcp"
require "json"
require_relative "lib/spec"

app = lambda do |env|
  request = Rack::Request.new(env)
  payload = JSON.parse(request.body.read, symbolize_names: true)
  spec = Spec.new(command: "/opt/mcp/rack", args: [payload[:args].size.to_s])
  Runner.new(spec).run
  [204, {}, []]
end

run app
