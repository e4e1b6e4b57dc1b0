require "open3"
require "json"

module Bridge
  class Stdio
    def initialize(spec)
      @spec = spec
    end

    def start
      @stdin, @stdout, @stderr, @thread = Open3.popen3(@spec[:env] || {}, @spec[:command], *@spec[:args])
      send_message({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} })
    end

    def send_message(message)
      @stdin.puts(JSON.generate(message))
    end
  end
end
