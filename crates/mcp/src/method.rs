//! The methods of both eras, and who may send which.

use std::fmt;

/// Who sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The client: whoever started or connected to the server.
    Client,
    /// The server.
    Server,
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// One row per method: the variant and its name on the wire.
macro_rules! methods {
    ($($name:ident $wire:literal)*) => {
        /// A method that some revision of the protocol knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the name on the wire says it all")]
        pub enum Method {
            $($name,)*
            /// Of no revision, or of an extension that mantrap does not know.
            Other,
        }

        impl Method {
            /// The method of this name.
            #[must_use]
            pub fn of(name: &str) -> Self {
                match name { $($wire => Self::$name,)* _ => Self::Other }
            }

            /// Its name on the wire; nothing for one that is not known.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self { $(Self::$name => Some($wire),)* Self::Other => None }
            }

            /// Every known method.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

methods! {
    Initialize "initialize"
    Discover "server/discover"
    Ping "ping"
    ListTools "tools/list"
    CallTool "tools/call"
    ListResources "resources/list"
    ListResourceTemplates "resources/templates/list"
    ReadResource "resources/read"
    SubscribeResource "resources/subscribe"
    UnsubscribeResource "resources/unsubscribe"
    ListPrompts "prompts/list"
    GetPrompt "prompts/get"
    Complete "completion/complete"
    SetLogLevel "logging/setLevel"
    Listen "subscriptions/listen"
    CreateMessage "sampling/createMessage"
    Elicit "elicitation/create"
    ListRoots "roots/list"
    GetTask "tasks/get"
    TaskResult "tasks/result"
    ListTasks "tasks/list"
    UpdateTask "tasks/update"
    CancelTask "tasks/cancel"
    Initialized "notifications/initialized"
    Cancelled "notifications/cancelled"
    Progress "notifications/progress"
    LogMessage "notifications/message"
    ToolsChanged "notifications/tools/list_changed"
    ResourcesChanged "notifications/resources/list_changed"
    ResourceUpdated "notifications/resources/updated"
    PromptsChanged "notifications/prompts/list_changed"
    RootsChanged "notifications/roots/list_changed"
    ElicitationComplete "notifications/elicitation/complete"
    TaskStatus "notifications/tasks/status"
    TaskChanged "notifications/tasks"
    Acknowledged "notifications/subscriptions/acknowledged"
}

impl Method {
    /// The only side that sends it; nothing where both may, or nobody knows.
    #[must_use]
    pub const fn sender(self) -> Option<Side> {
        match self {
            Self::Initialize
            | Self::Discover
            | Self::ListTools
            | Self::CallTool
            | Self::ListResources
            | Self::ListResourceTemplates
            | Self::ReadResource
            | Self::SubscribeResource
            | Self::UnsubscribeResource
            | Self::ListPrompts
            | Self::GetPrompt
            | Self::Complete
            | Self::SetLogLevel
            | Self::Listen
            | Self::Initialized
            | Self::RootsChanged => Some(Side::Client),
            Self::CreateMessage
            | Self::Elicit
            | Self::ListRoots
            | Self::LogMessage
            | Self::ToolsChanged
            | Self::ResourcesChanged
            | Self::ResourceUpdated
            | Self::PromptsChanged
            | Self::ElicitationComplete
            | Self::TaskChanged
            | Self::Acknowledged => Some(Side::Server),
            // Tasks of revision 2025-11-25 live on either side.
            Self::Ping
            | Self::GetTask
            | Self::TaskResult
            | Self::ListTasks
            | Self::UpdateTask
            | Self::CancelTask
            | Self::Cancelled
            | Self::Progress
            | Self::TaskStatus
            | Self::Other => None,
        }
    }

    /// Whether it is told and not asked; nothing for a method that is not known.
    #[must_use]
    pub fn is_notification(self) -> Option<bool> {
        self.name().map(|name| name.starts_with("notifications/"))
    }
}

impl fmt::Display for Method {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name().unwrap_or("a method of no known revision"))
    }
}
