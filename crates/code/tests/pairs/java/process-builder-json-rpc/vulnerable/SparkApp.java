package net.acme.rpc;

import static spark.Spark.post;

import com.google.gson.Gson;
import java.util.List;

public class SparkApp {
    static class Spec {
        String executable;
        List<String> arguments;
    }

    public static void main(String[] unused) {
        Gson gson = new Gson();
        post("/probe", (request, response) -> {
            Spec spec = gson.fromJson(request.body(), Spec.class);
            try (StdioChannel channel = new StdioChannel(spec.executable, spec.arguments)) {
                return channel.initialize();
            }
        });
    }
}
