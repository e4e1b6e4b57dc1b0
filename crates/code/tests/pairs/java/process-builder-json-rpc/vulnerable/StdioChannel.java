package net.acme.rpc;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Speaks JSON-RPC with an MCP server over its pipes. */
final class StdioChannel implements AutoCloseable {
    private final Process process;

    StdioChannel(String executable, List<String> rest) throws IOException {
        List<String> line = new ArrayList<>();
        line.add(executable);
        line.addAll(rest);
        ProcessBuilder builder = new ProcessBuilder(line);
        builder.redirectErrorStream(false);
        this.process = builder.start();
    }

    String initialize() throws IOException {
        String message = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}\n";
        OutputStream out = process.getOutputStream();
        out.write(message.getBytes(StandardCharsets.UTF_8));
        out.flush();
        BufferedReader reader = process.inputReader();
        return reader.readLine();
    }

    @Override
    public void close() {
        process.destroy();
    }
}
