require "fast_mcp"

class ReadNote < FastMcp::Tool
  description "Reads a note"
  BASE = File.realpath("/srv/notes")

  arguments do
    required(:name).filled(:string)
  end

  def call(name:)
    path = File.realpath(File.join(BASE, name))
    raise "no such note" unless path.start_with?(BASE + "/")
    File.read(path)
  end
end
