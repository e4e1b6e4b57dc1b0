package com.acme.di;

import java.util.Arrays;
import java.util.List;
import org.springframework.stereotype.Component;

/** A key is the command itself: `npx -y server`. */
@Component
public class InlineSource implements ServerSource {
    @Override
    public Command find(String key) {
        List<String> words = Arrays.asList(key.trim().split("\\s+"));
        return new Command(words.get(0), words.subList(1, words.size()));
    }
}
