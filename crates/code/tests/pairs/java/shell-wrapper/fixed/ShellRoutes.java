package org.acme.wrap;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

import static org.springframework.web.servlet.function.RouterFunctions.route;

@Configuration
class ShellRoutes {
    private final ShellServer server = new ShellServer();

    @Bean
    RouterFunction<ServerResponse> routes() {
        return route().POST("/open", this::open).build();
    }

    ServerResponse open(ServerRequest request) throws Exception {
        String which = request.param("which").orElse("time");
        String line = "time".equals(which) ? "npx -y @acme/time@1.4.2" : "npx -y @acme/files@2.0.1 /srv";
        server.open(line);
        return ServerResponse.ok().build();
    }
}
