package io.acme.hub;

import java.util.List;
import lombok.Builder;
import lombok.Data;

@Data
@Builder
public class LaunchSpec {
    private String title;
    private String command;
    private List<String> args;
}
