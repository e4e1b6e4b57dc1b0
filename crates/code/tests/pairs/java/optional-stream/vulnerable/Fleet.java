package com.acme.streams;

import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import java.util.List;
import java.util.stream.Collectors;

public class Fleet {
    public List<StdioClientTransport> startAll(List<Definition> definitions) {
        return definitions.stream()
            .map(definition -> {
                ServerParameters parameters = ServerParameters.builder(definition.program())
                    .args(definition.args())
                    .build();
                return new StdioClientTransport(parameters);
            })
            .collect(Collectors.toList());
    }
}
