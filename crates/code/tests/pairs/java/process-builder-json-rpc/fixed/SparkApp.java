package net.acme.rpc;

import static spark.Spark.post;

import com.google.gson.Gson;
import java.util.List;

public class SparkApp {
    static class Spec {
        String label;
    }

    public static void main(String[] unused) {
        Gson gson = new Gson();
        post("/probe", (request, response) -> {
            Spec spec = gson.fromJson(request.body(), Spec.class);
            response.header("X-Label", spec.label);
            try (StdioChannel channel = new StdioChannel("/opt/mcp/probe", List.of("--stdio"))) {
                return channel.initialize();
            }
        });
    }
}
