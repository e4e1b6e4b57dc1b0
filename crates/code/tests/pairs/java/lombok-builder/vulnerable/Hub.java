package io.acme.hub;

import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import java.util.concurrent.CompletableFuture;
import lombok.RequiredArgsConstructor;
import org.springframework.stereotype.Service;

@Service
@RequiredArgsConstructor
public class Hub {
    private final MetricsSink metrics;

    public CompletableFuture<StdioClientTransport> attach(LaunchSpec spec) {
        metrics.count(spec.getTitle());
        return CompletableFuture.supplyAsync(() -> connect(spec));
    }

    private StdioClientTransport connect(LaunchSpec spec) {
        return new StdioClientTransport(
            ServerParameters.builder(spec.getCommand()).args(spec.getArgs()).build());
    }
}
