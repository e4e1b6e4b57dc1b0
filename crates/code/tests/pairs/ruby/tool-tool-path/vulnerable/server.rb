require "fast_mcp"

class ReadNote < FastMcp::Tool
  description "Reads a note"
  BASE = File.realpath("/srv/notes")

  arguments do
    required(:name).filled(:string)
  end

  def call(name:)
    path = File.join(BASE, name)
    File.read(path)
  end
end
