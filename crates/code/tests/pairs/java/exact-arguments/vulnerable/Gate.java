package com.acme.gate;

import java.util.List;
import java.util.Set;

final class Gate {
    private static final Set<String> ALLOWED_COMMANDS = Set.of("npx", "python3");

    static void check(String command, List<String> args) {
        String base = command.substring(command.lastIndexOf('/') + 1);
        if (!ALLOWED_COMMANDS.contains(base)) {
            throw new SecurityException("refused: " + base);
        }
    }
}
