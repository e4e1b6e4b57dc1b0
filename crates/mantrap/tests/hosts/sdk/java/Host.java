import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.GetPromptRequest;
import io.modelcontextprotocol.spec.McpSchema.InitializeResult;
import io.modelcontextprotocol.spec.McpSchema.ListResourcesResult;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceRequest;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import reactor.core.publisher.Mono;

/** A host on the official Java SDK. See ../README.md. It has no place for a working directory. */
public final class Host {
    record Call(String name, Map<String, Object> arguments) {
        CallToolRequest request() {
            return CallToolRequest.builder(name).arguments(arguments).build();
        }
    }

    record Server(String command, List<String> args, Map<String, String> env, String cwd) {}

    record Everything(String prompt, Call slow) {}

    record Document(Server server, List<Call> calls, Everything everything, int patience) {}

    private static final McpJsonMapper JSON = McpJsonDefaults.getMapper();

    public static void main(String[] arguments) throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(8);
        List<Future<Map<String, Object>>> answers = new ArrayList<>();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Document document = JSON.readValue(line, Document.class);
            answers.add(workers.submit(() -> answer(document)));
        }
        for (Future<Map<String, Object>> answer : answers) {
            System.out.println(JSON.writeValueAsString(answer.get()));
            System.out.flush();
        }
        System.exit(0); // the SDK's threads are not daemons
    }

    private static Map<String, Object> answer(Document document) {
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            visit(document, answer);
            return answer;
        } catch (Throwable error) { // whatever the SDK threw is the answer
            return Map.of("failed", words(error));
        }
    }

    private static String words(Throwable error) {
        return error.getCause() == null ? error.toString() : error + ": " + words(error.getCause());
    }

    private static void visit(Document document, Map<String, Object> answer) {
        Server server = document.server();
        ServerParameters parameters =
                ServerParameters.builder(server.command()).args(server.args()).env(server.env()).build();
        StdioClientTransport transport = new StdioClientTransport(parameters, JSON);
        transport.setStdErrorHandler(System.err::println);
        Duration patience = Duration.ofSeconds(document.patience());
        McpAsyncClient client =
                McpClient.async(transport).requestTimeout(patience).initializationTimeout(patience).build();
        try {
            Mono<InitializeResult> ended = ended(transport, patience);
            answer.put("server", Mono.firstWithSignal(client.initialize(), ended).block(patience));
            answer.put("tools", client.listTools().block(patience));
            List<Object> results = new ArrayList<>();
            for (Call call : document.calls()) {
                results.add(client.callTool(call.request()).block(patience));
            }
            answer.put("results", results);
            if (document.everything() != null) {
                everything(client, document, answer, patience);
            }
        } finally {
            client.closeGracefully().onErrorComplete().block(Duration.ofSeconds(10));
        }
    }

    /** An error as soon as the server has ended: this SDK does not notice, and would wait as long as its patience lasts. */
    private static Mono<InitializeResult> ended(StdioClientTransport transport, Duration patience) {
        CompletableFuture<InitializeResult> ended = new CompletableFuture<>();
        long late = System.nanoTime() + patience.toNanos();
        Thread watch = new Thread(() -> {
            while (System.nanoTime() < late) {
                try {
                    transport.awaitForExit();
                    break;
                } catch (NullPointerException notYet) { // it has not been started
                    LockSupport.parkNanos(10_000_000);
                }
            }
            ended.completeExceptionally(new IllegalStateException("the server ended"));
        });
        watch.setDaemon(true);
        watch.start();
        return Mono.fromFuture(ended);
    }

    private static void everything(
            McpAsyncClient client, Document document, Map<String, Object> answer, Duration patience) {
        ServerCapabilities offered = client.getServerCapabilities();
        Everything wanted = document.everything();
        if (offered.resources() != null) {
            ListResourcesResult listed = client.listResources().block(patience);
            answer.put("resources", listed);
            if (!listed.resources().isEmpty()) {
                String first = listed.resources().get(0).uri();
                answer.put("read", client.readResource(ReadResourceRequest.builder(first).build()).block(patience));
            }
        }
        if (offered.prompts() != null) {
            answer.put("prompts", client.listPrompts().block(patience));
        }
        if (wanted.prompt() != null) {
            answer.put("prompt", client.getPrompt(GetPromptRequest.builder(wanted.prompt()).build()).block(patience));
        }
        client.ping().block(patience);
        if (wanted.slow() != null) {
            boolean late = false;
            try {
                client.callTool(wanted.slow().request()).block(Duration.ofMillis(300)); // the SDK stops waiting and tells nobody
            } catch (RuntimeException error) {
                late = true;
            }
            answer.put("cancelled", late);
            answer.put("after", client.callTool(document.calls().get(0).request()).block(patience));
        }
    }
}
