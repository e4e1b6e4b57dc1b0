package main

import (
	"context"
	"log"
	"os/exec"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type job struct {
	command string
	args    []string
}

type pool struct {
	jobs chan job
}

func newPool() *pool {
	p := &pool{jobs: make(chan job, 16)}
	go p.run()
	return p
}

func (p *pool) run() {
	for j := range p.jobs {
		go func(current job) {
			client := mcp.NewClient(&mcp.Implementation{Name: "pool"}, nil)
			cmd := exec.Command(current.command, current.args...)
			if _, err := client.Connect(context.Background(), &mcp.CommandTransport{Command: cmd}, nil); err != nil {
				log.Println(err)
			}
		}(j)
	}
}
