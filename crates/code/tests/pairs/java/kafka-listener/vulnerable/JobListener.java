package com.acme.jobs;

import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.stereotype.Component;

@Component
public class JobListener {
    @KafkaListener(topics = "mcp-launches")
    public void onLaunch(Launch launch) {
        ServerParameters parameters = ServerParameters.builder(launch.getProgram()).build();
        new StdioClientTransport(parameters);
    }
}
