package com.acme.jobs;

import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.stereotype.Component;

@Component
public class JobListener {
    private static final Logger LOG = LoggerFactory.getLogger(JobListener.class);

    @Value("${acme.mcp.program}")
    private String program;

    @KafkaListener(topics = "mcp-launches")
    public void onLaunch(Launch launch) {
        LOG.info("launch asked for by {}", launch.getQueue());
        ServerParameters parameters = ServerParameters.builder(program).build();
        new StdioClientTransport(parameters);
    }
}
