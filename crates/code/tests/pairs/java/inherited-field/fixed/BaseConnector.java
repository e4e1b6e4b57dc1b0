package com.acme.connect;

import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import java.util.ArrayList;
import java.util.List;

abstract class BaseConnector {
    protected final String program;
    protected final List<String> arguments = new ArrayList<>();

    BaseConnector(String program) {
        this.program = program;
    }

    abstract String title();

    StdioClientTransport transport() {
        return new StdioClientTransport(
            ServerParameters.builder(program).args(arguments).build());
    }
}
