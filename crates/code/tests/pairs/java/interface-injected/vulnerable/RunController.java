package com.acme.di;

import org.springframework.web.bind.annotation.*;

@RestController
public class RunController {
    private final Runner runner;

    public RunController(Runner runner) {
        this.runner = runner;
    }

    @PostMapping("/run")
    public String run(@RequestParam("key") String key) {
        return String.valueOf(runner.run(key));
    }
}
