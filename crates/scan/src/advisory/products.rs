//! The products that are known by name: the packages and images that they come as, whether they start MCP servers
//! for others, and what can be switched off in them.

use crate::version::Ecosystem;

/// A product.
#[derive(Debug)]
pub struct Known {
    /// Its name for people, and in the advisories.
    pub name: &'static str,
    /// Its packages. The first one's numbering is the product's and that of its image tags.
    pub packages: &'static [(Ecosystem, &'static str)],
    /// Repositories of its container images, registry included where it is not Docker Hub.
    pub images: &'static [&'static str],
    /// Whether it starts or connects to MCP servers, so that it has a row even without an advisory.
    pub is_host: bool,
    /// What to switch off until a fixed version runs, an imperative clause; empty for the general advice.
    pub containment: &'static str,
}

use Ecosystem::{Application, Cargo, Go, Maven, Npm, Nuget, Pypi, Rubygems};

const fn known(
    name: &'static str,
    packages: &'static [(Ecosystem, &'static str)],
    images: &'static [&'static str],
) -> Known {
    Known { name, packages, images, is_host: true, containment: "" }
}

/// Every known product. The first three are the grid's first rows.
pub static PRODUCTS: &[Known] = &[
    Known {
        containment: "refuse `/mcp-rest/test/` and `/v1/mcp/server` at the proxy in front and give nobody else the administrator role",
        ..known(
            "LiteLLM",
            &[(Pypi, "litellm"), (Pypi, "litellm-proxy-extras")],
            &[
                "ghcr.io/berriai/litellm",
                "ghcr.io/berriai/litellm-database",
                "ghcr.io/berriai/litellm-non_root",
                "docker.litellm.ai/berriai/litellm",
                "litellm/litellm",
                "docker.io/litellm/litellm",
            ],
        )
    },
    Known {
        containment: "set `LANGFLOW_AUTO_LOGIN=false`, take it off the network and let only administrators add MCP servers",
        ..known(
            "LangFlow",
            &[(Pypi, "langflow"), (Pypi, "langflow-base"), (Pypi, "lfx")],
            &["langflowai/langflow", "langflowai/langflow-backend", "langflowai/langflow-ep"],
        )
    },
    Known {
        containment: "take its web interface and API off the network and switch MCP off for agents",
        ..known(
            "Langchain-Chatchat",
            &[(Pypi, "langchain-chatchat")],
            &["chatimage/chatchat", "ccr.ccs.tencentyun.com/langchain-chatchat/chatchat"],
        )
    },
    Known {
        containment: "set `CUSTOM_MCP_PROTOCOL=sse` and keep its accounts to people you would give a shell",
        ..known("Flowise", &[(Npm, "flowise"), (Npm, "flowise-components")], &["flowiseai/flowise"])
    },
    known("Agent Zero", &[(Application, "agent zero")], &["agent0ai/agent-zero", "frdel/agent-zero-run"]),
    known("Fay", &[(Application, "fay")], &[]),
    known("Jaaz", &[(Application, "jaaz")], &[]),
    known("Bisheng", &[(Application, "bisheng")], &["dataelement/bisheng-backend"]),
    known("Upsonic", &[(Pypi, "upsonic")], &[]),
    known("Windsurf", &[(Application, "windsurf")], &[]),
    known("DocsGPT", &[(Application, "docsgpt"), (Pypi, "docsgpt")], &["arc53/docsgpt"]),
    known("GPT Researcher", &[(Pypi, "gpt-researcher")], &["gptresearcher/gpt-researcher"]),
    known("LangBot", &[(Pypi, "langbot")], &["rockchin/langbot"]),
    known("LettaAI", &[(Pypi, "letta")], &["letta/letta"]),
    known(
        "LibreChat",
        &[(Application, "librechat")],
        &["ghcr.io/danny-avila/librechat", "ghcr.io/danny-avila/librechat-dev", "librechat/librechat"],
    ),
    known("WeKnora", &[(Application, "weknora")], &["wechatopenai/weknora-app"]),
    known("Chainlit", &[(Pypi, "chainlit")], &[]),
    known("MaxKB", &[(Application, "maxkb")], &["1panel/maxkb", "registry.fit2cloud.com/maxkb/maxkb"]),
    known("Lumiverse", &[(Application, "lumiverse")], &[]),
    known("OpenClaw", &[(Npm, "openclaw")], &["ghcr.io/openclaw/openclaw"]),
    known("PraisonAI", &[(Pypi, "praisonai"), (Pypi, "praisonaiagents")], &["mervinpraison/praisonai"]),
    known("MetaMCP", &[(Application, "metamcp")], &["ghcr.io/metatool-ai/metamcp"]),
    known(
        "MCP Inspector",
        &[(Npm, "@modelcontextprotocol/inspector")],
        &["ghcr.io/modelcontextprotocol/inspector"],
    ),
    known("MCPJam Inspector", &[(Npm, "@mcpjam/inspector")], &["mcpjam/mcp-inspector"]),
    known("ForgeCode", &[(Application, "forgecode")], &[]),
    known("Claude Code", &[(Npm, "@anthropic-ai/claude-code"), (Application, "claude code")], &[]),
    known("Cursor", &[(Application, "cursor")], &[]),
    known("Amazon Q Developer", &[(Application, "amazon q developer")], &[]),
    known("9Router", &[(Npm, "9router")], &[]),
    known("ruflo", &[(Npm, "ruflo"), (Npm, "claude-flow")], &[]),
    known("MiniCode", &[(Application, "minicode")], &[]),
    known(
        "Bifrost",
        &[(Go, "github.com/maximhq/bifrost/transports"), (Npm, "@maximhq/bifrost")],
        &["maximhq/bifrost"],
    ),
    known("ToolHive", &[(Go, "github.com/stacklok/toolhive")], &["ghcr.io/stacklok/toolhive/thv"]),
    known("Docker MCP Gateway", &[(Go, "github.com/docker/mcp-gateway")], &["docker/mcp-gateway"]),
    known("IBM ContextForge", &[(Pypi, "mcp-contextforge-gateway")], &["ghcr.io/ibm/mcp-context-forge"]),
    known("MCPHub", &[(Npm, "@samanhappy/mcphub")], &["samanhappy/mcphub"]),
    known("nginx-ui", &[(Application, "nginx-ui")], &["uozi/nginx-ui"]),
    known("mcp-gateway-registry", &[(Application, "mcp-gateway-registry")], &["mcpgateway/registry"]),
    known("Claude HUD", &[(Application, "claude hud")], &[]),
    known("Open WebUI", &[(Pypi, "open-webui")], &["ghcr.io/open-webui/open-webui"]),
    known("mcpo", &[(Pypi, "mcpo")], &["ghcr.io/open-webui/mcpo"]),
    known("mcp-proxy", &[(Pypi, "mcp-proxy")], &["ghcr.io/sparfenyuk/mcp-proxy"]),
    known("mcp-proxy (npm)", &[(Npm, "mcp-proxy")], &[]),
    known(
        "supergateway",
        &[(Npm, "supergateway")],
        &["supercorp/supergateway", "ghcr.io/supercorp-ai/supergateway"],
    ),
    known("n8n", &[(Npm, "n8n")], &["n8nio/n8n", "docker.n8n.io/n8nio/n8n"]),
    known("LobeChat", &[(Npm, "@lobehub/chat")], &["lobehub/lobe-chat"]),
    known("Dify", &[(Application, "dify")], &["langgenius/dify-api"]),
    known("AnythingLLM", &[(Application, "anythingllm")], &["mintplexlabs/anythingllm"]),
    known("Codex CLI", &[(Npm, "@openai/codex"), (Application, "codex cli")], &[]),
    known("Gemini CLI", &[(Npm, "@google/gemini-cli"), (Application, "gemini cli")], &[]),
    known("Copilot CLI", &[(Npm, "@github/copilot"), (Application, "copilot cli")], &[]),
    known("Claude Desktop", &[(Application, "claude desktop")], &[]),
    known("Visual Studio Code", &[(Application, "visual studio code")], &[]),
    known("Visual Studio Code Insiders", &[(Application, "visual studio code insiders")], &[]),
    known("VSCodium", &[(Application, "vscodium")], &[]),
    known("Kiro", &[(Application, "kiro")], &[]),
    known("Trae", &[(Application, "trae")], &[]),
    known("LM Studio", &[(Application, "lm studio")], &[]),
    known("Zed", &[(Application, "zed")], &[]),
    known("Jan", &[(Application, "jan")], &[]),
    known("Cherry Studio", &[(Application, "cherry studio")], &[]),
    known("Chatbox", &[(Application, "chatbox")], &[]),
    known("Cline", &[(Application, "cline")], &[]),
    known("Roo Code", &[(Application, "roo code")], &[]),
    known("Kilo Code", &[(Application, "kilo code")], &[]),
    known("Continue", &[(Application, "continue")], &[]),
    known("GitHub Copilot Chat", &[(Application, "github copilot chat")], &[]),
    known("Augment", &[(Application, "augment")], &[]),
    known("CrewAI", &[(Pypi, "crewai")], &[]),
    known("AutoGen", &[(Pypi, "autogen-agentchat")], &[]),
    known("MetaGPT", &[(Pypi, "metagpt")], &["metagpt/metagpt"]),
    Known { is_host: false, ..known("MCP Python SDK", &[(Pypi, "mcp")], &[]) },
    Known { is_host: false, ..known("MCP TypeScript SDK", &[(Npm, "@modelcontextprotocol/sdk")], &[]) },
    Known { is_host: false, ..known("MCP Go SDK", &[(Go, "github.com/modelcontextprotocol/go-sdk")], &[]) },
    Known { is_host: false, ..known("MCP Rust SDK", &[(Cargo, "rmcp")], &[]) },
    Known { is_host: false, ..known("MCP Ruby SDK", &[(Rubygems, "mcp")], &[]) },
    Known {
        is_host: false,
        ..known(
            "MCP Java SDK",
            &[(Maven, "io.modelcontextprotocol.sdk:mcp"), (Maven, "io.modelcontextprotocol.sdk:mcp-core")],
            &[],
        )
    },
    Known { is_host: false, ..known("MCP C# SDK", &[(Nuget, "modelcontextprotocol")], &[]) },
];

/// The product that comes as this package.
pub fn by_package(ecosystem: Ecosystem, name: &str) -> Option<&'static Known> {
    PRODUCTS.iter().find(|known| known.packages.contains(&(ecosystem, name)))
}

/// The product whose image `repository` is, with or without Docker Hub's own name in front.
pub fn by_image(repository: &str) -> Option<&'static Known> {
    let repository = repository.strip_prefix("docker.io/").unwrap_or(repository);
    PRODUCTS.iter().find(|known| known.images.contains(&repository))
}

/// Its place in the grid: the first three products come first.
pub fn rank(name: &str) -> usize {
    PRODUCTS.iter().take(3).position(|known| known.name == name).unwrap_or(3)
}
