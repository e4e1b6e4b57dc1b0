Spec = Struct.new(:command, :args, keyword_init: true)

class Runner
  attr_reader :spec

  def initialize(spec)
    @spec = spec
  end

  def run
    MCP::Client::Stdio.new(command: spec.command, args: spec.args)
  end
end
