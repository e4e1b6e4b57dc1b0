package com.acme.streams;

import java.util.List;
import org.springframework.web.bind.annotation.*;
import reactor.core.publisher.Mono;

@RestController
public class FleetController {
    private final Fleet fleet = new Fleet();

    @PostMapping("/fleet")
    public Mono<Integer> start(@RequestBody Mono<List<Definition>> body) {
        return body.map(definitions -> fleet.startAll(definitions).size());
    }
}
