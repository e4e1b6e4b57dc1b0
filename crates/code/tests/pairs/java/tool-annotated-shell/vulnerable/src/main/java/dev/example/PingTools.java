package dev.example;

import java.io.IOException;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.stereotype.Service;

@Service
public class PingTools {

    private final Runner runner = new Runner();

    @Tool(description = "Pings a host")
    public String ping(String host, int count) throws IOException {
        return runner.run(host, count);
    }

    static class Runner {
        String run(String host, int count) throws IOException {
            Process process = new ProcessBuilder("sh", "-c", "ping -c " + count + " " + host).start();
            return new String(process.getInputStream().readAllBytes());
        }
    }
}
