// A host on the official Go SDK. See ../README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type call struct {
	Name      string         `json:"name"`
	Arguments map[string]any `json:"arguments"`
}

type document struct {
	Server struct {
		Command string
		Args    []string
		Env     map[string]string
		Cwd     string
	}
	Calls      []call
	Everything *struct {
		Prompt string
		Slow   *call
	}
	Patience int
}

type answer map[string]any

const atOnce = 8

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	turns := make(chan struct{}, atOnce)
	answers := []chan answer{}
	for lines.Scan() {
		given := document{}
		if err := json.Unmarshal(lines.Bytes(), &given); err != nil {
			panic(err)
		}
		said := make(chan answer, 1)
		answers = append(answers, said)
		go func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			one := answer{}
			if err := visit(given, one); err != nil {
				one = answer{"failed": err.Error()}
			}
			said <- one
		}()
	}
	out := json.NewEncoder(os.Stdout)
	for _, said := range answers {
		_ = out.Encode(<-said)
	}
}

func visit(given document, said answer) error {
	ctx, stop := context.WithTimeout(context.Background(), time.Duration(given.Patience)*time.Second)
	defer stop()
	command := exec.Command(given.Server.Command, given.Server.Args...)
	command.Dir, command.Stderr, command.Env = given.Server.Cwd, os.Stderr, os.Environ()
	for name, value := range given.Server.Env {
		command.Env = append(command.Env, name+"="+value)
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1.0.0"}, nil)
	session, err := client.Connect(ctx, &mcp.CommandTransport{Command: command}, nil)
	if err != nil {
		return err
	}
	defer session.Close()
	said["server"] = session.InitializeResult()
	if said["tools"], err = session.ListTools(ctx, nil); err != nil {
		return err
	}
	results := []*mcp.CallToolResult{}
	for _, one := range given.Calls {
		result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: one.Name, Arguments: one.Arguments})
		if err != nil {
			return err
		}
		results = append(results, result)
	}
	said["results"] = results
	if given.Everything == nil {
		return nil
	}
	return everything(ctx, session, given, said)
}

func everything(ctx context.Context, session *mcp.ClientSession, given document, said answer) (err error) {
	offered, wanted := session.InitializeResult().Capabilities, given.Everything
	if offered.Resources != nil {
		listed, err := session.ListResources(ctx, nil)
		if err != nil {
			return err
		}
		said["resources"] = listed
		if len(listed.Resources) == 0 {
			// offered, and none there
		} else if said["read"], err = session.ReadResource(ctx, &mcp.ReadResourceParams{URI: listed.Resources[0].URI}); err != nil {
			return err
		}
	}
	if offered.Prompts != nil {
		if said["prompts"], err = session.ListPrompts(ctx, nil); err != nil {
			return err
		}
	}
	if wanted.Prompt != "" {
		if said["prompt"], err = session.GetPrompt(ctx, &mcp.GetPromptParams{Name: wanted.Prompt}); err != nil {
			return err
		}
	}
	if session.InitializeResult().ProtocolVersion < "2026" { // the modern era has no ping
		if err = session.Ping(ctx, nil); err != nil {
			return err
		}
	}
	if wanted.Slow != nil {
		soon, stop := context.WithTimeout(ctx, 300*time.Millisecond)
		defer stop()
		_, late := session.CallTool(soon, &mcp.CallToolParams{Name: wanted.Slow.Name, Arguments: wanted.Slow.Arguments})
		said["cancelled"] = late != nil
		first := given.Calls[0]
		said["after"], err = session.CallTool(ctx, &mcp.CallToolParams{Name: first.Name, Arguments: first.Arguments})
	}
	return err
}
