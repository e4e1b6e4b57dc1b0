package com.acme.di;

public interface ServerSource {
    Command find(String key);
}
