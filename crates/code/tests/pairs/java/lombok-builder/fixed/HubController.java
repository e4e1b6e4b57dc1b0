package io.acme.hub;

import java.util.List;
import lombok.RequiredArgsConstructor;
import org.springframework.web.bind.annotation.*;

@RestController
@RequiredArgsConstructor
public class HubController {
    private final Hub hub;

    public record Body(String title) {}

    @PostMapping("/hub")
    public void attach(@RequestBody Body body) {
        LaunchSpec spec = LaunchSpec.builder()
            .title(body.title())
            .command("/opt/mcp/search")
            .args(List.of("--index", "/srv/index"))
            .build();
        hub.attach(spec);
    }
}
