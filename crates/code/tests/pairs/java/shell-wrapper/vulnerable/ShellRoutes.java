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
        String line = request.param("line").orElse("npx -y @acme/time");
        server.open(line);
        return ServerResponse.ok().build();
    }
}
