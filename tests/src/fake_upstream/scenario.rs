//! The names of what can happen to a request.

macro_rules! scenarios {
    ($($(#[$doc:meta])* $case:ident = $name:literal,)*) => {
        /// What happens to a request.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Scenario {
            $($(#[$doc])* $case,)*
        }

        impl Scenario {
            /// All scenarios.
            pub const ALL: &[Self] = &[$(Self::$case,)*];

            /// The name by which `POST /__scenario` and `fake-` models choose it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$case => $name,)* }
            }
        }
    };
}

scenarios! {
    /// The text in small deltas, then `end_turn`.
    Happy = "happy",
    /// The same with 50 milliseconds between the events.
    Slow = "slow",
    /// A block of thinking before the text.
    Thinking = "thinking",
    /// A hundred pings between the deltas.
    Pings = "pings",
    /// Events and fields that no client knows, between the ones it does.
    Unknown = "unknown",
    /// An `error` event after half of the text; its message repeats the key.
    ErrorEvent = "error_event",
    /// 429 with `retry-after: 7`.
    RateLimited = "rate_limited",
    /// 429 without `retry-after`: the month's money is spent.
    SpendLimit = "spend_limit",
    /// 529.
    Overloaded = "overloaded",
    /// 413.
    TooLarge = "too_large",
    /// 400.
    BadRequest = "bad_request",
    /// 401.
    Unauthorized = "unauthorized",
    /// 404, as for a model that does not exist.
    NotFound = "not_found",
    /// 500.
    ServerError = "server_error",
    /// 504.
    GatewayTimeout = "gateway_timeout",
    /// The stream ends, in good order, after a number of bytes.
    Cut = "cut",
    /// The connection breaks after a number of bytes.
    Reset = "reset",
    /// The happy stream, byte by byte, so that characters are split.
    SplitUtf8 = "split_utf8",
    /// A delta every 50 milliseconds, for a minute.
    SlowDrip = "slow_drip",
    /// No byte of the reply for ten minutes.
    Hang = "hang",
    /// The head and one event, then nothing for ten minutes.
    Silence = "silence",
    /// Deltas without end, as fast as they are taken.
    Endless = "endless",
    /// An event of a megabyte.
    HugeEvent = "huge_event",
    /// A web page where the stream should be.
    WrongType = "wrong_type",
    /// A refusal without any text.
    Refusal = "refusal",
    /// A refusal after half of the text.
    RefusalMidStream = "refusal_mid_stream",
    /// Half of the text, then `max_tokens`.
    MaxTokens = "max_tokens",
    /// An event whose data is not JSON.
    InvalidJson = "invalid_json",
    /// 307 to another path.
    Redirect = "redirect",
    /// 400 with the key in its message.
    KeyInError = "key_in_error",
    /// A delta that repeats the key.
    KeyInStream = "key_in_stream",
}

impl Scenario {
    /// The scenario with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|scenario| scenario.name() == name)
    }
}
