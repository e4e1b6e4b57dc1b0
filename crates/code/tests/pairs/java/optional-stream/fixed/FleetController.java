package com.acme.streams;

import java.util.List;
import org.springframework.web.bind.annotation.*;
import reactor.core.publisher.Mono;

@RestController
public class FleetController {
    private static final List<Definition> KNOWN = List.of(
        new Definition("time", "/opt/mcp/time", List.of()),
        new Definition("files", "/opt/mcp/files", List.of("--root", "/srv")));

    private final Fleet fleet = new Fleet();

    @PostMapping("/fleet")
    public Mono<Integer> start(@RequestBody Mono<List<String>> body) {
        return body.map(ids -> {
            List<Definition> chosen = KNOWN.stream().filter(known -> ids.contains(known.id())).toList();
            return fleet.startAll(chosen).size();
        });
    }
}
