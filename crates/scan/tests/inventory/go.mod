module example.com/demo

go 1.24

require github.com/modelcontextprotocol/go-sdk v1.3.0

require (
	github.com/docker/mcp-gateway v0.27.0 // indirect
	github.com/maximhq/bifrost/transports v1.6.3
)

replace example.com/a => ../a
