require "roda"
require "open3"
require "json"

class Server < Roda
  plugin :json

  def start(line)
    # The server speaks jsonrpc on its pipes.
    stdin, stdout, = Open3.popen2(line)
    stdin.puts({ jsonrpc: "2.0", id: 1, method: "initialize" }.to_json)
    stdout.gets
  end

  route do |r|
    r.post "start" do
      start("npx #{r.params['package']} --stdio")
    end
  end
end
