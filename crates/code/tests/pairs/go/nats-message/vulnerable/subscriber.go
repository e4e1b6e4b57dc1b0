package subscriber

import (
	"encoding/json"

	"example.com/agents/runtime"
	"github.com/nats-io/nats.go"
)

type Assignment struct {
	Server runtime.ServerConfig `json:"server"`
	Tool   string               `json:"tool"`
}

func Listen(nc *nats.Conn) error {
	_, err := nc.Subscribe("agents.assign", func(m *nats.Msg) {
		var a Assignment
		if err := json.Unmarshal(m.Data, &a); err != nil {
			return
		}
		runtime.Start(a.Server)
	})
	return err
}
