package com.acme.streams;

import java.util.List;

public record Definition(String id, String program, List<String> args) {}
