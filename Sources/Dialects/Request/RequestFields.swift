/// When a sensitive field does nothing: null and an empty list always, and besides these one more value.
enum Harmless: Sendable { case no, yes, zero, textOnly }

/// What a field at the top of a body means to us.
enum TopField: Sendable {
    /// The items of a response's input, in place of turns.
    case input
    /// What else a response is to hold.
    case include
    /// The texts of a legacy completion, and whether they are given back.
    case prompt, echo
    /// How many alternatives to each token a legacy completion tells.
    case tokenCount
    /// The texts of embeddings, and how the vectors are to be written.
    case embedded, encoding
    case model, messages, stream, streamOptions, choices, maxTokens, topLogprobs
    /// Names the end user; the higher rank wins.
    case endUser(Int)
    case metadata, system, tools, definitions, prediction
    /// Text of no special meaning.
    case judged
    /// Text at which the model is to stop.
    case stops
    case number, boolean
    case flagged(SensitiveField.Kind, Harmless)
}

/// What a field of a message means.
enum MessageField: Sendable {
    case role, content, text, deep, boolean
    case flagged(SensitiveField.Kind)
}

/// What a field of a content part means.
enum PartField: Sendable {
    case type, text, content, deep, boolean
    /// Signatures and ciphertext: not read if they are base64, judged as text if they are not.
    case sealed
    case source, citations
    case media(SensitiveField.Kind)
    case flagged(SensitiveField.Kind)
}

/// What a content part says it is.
enum PartType: Sendable, Equatable {
    case text, toolResult, document, unknown
    case flagged(SensitiveField.Kind)
}

/// The names of all fields that we know.
///
/// What is not here is judged as text and passed on.
enum RequestFields {
    static let openAI = FieldTable<TopField>(common + chat + servers)
    static let anthropic = FieldTable<TopField>(common + claude + servers)

    /// Its own names come first: some are other dialects' names for something else.
    static let responses = FieldTable<TopField>(items + common + servers)

    /// Texts to go on from; `echo` gives back what was judged already.
    static let completions = FieldTable<TopField>(
        [
            ("prompt", .prompt), ("n", .choices), ("best_of", .number), ("logprobs", .tokenCount), ("echo", .echo),
            ("messages", .judged), ("tools", .judged), ("tool_choice", .judged),
        ] + common + chat + servers)

    /// Texts to be turned into vectors.
    static let embeddings = FieldTable<TopField>(
        [
            ("input", .embedded), ("encoding_format", .encoding), ("dimensions", .number), ("user", .endUser(2)),
            ("safety_identifier", .endUser(3)), ("model", .model), ("metadata", .metadata),
        ] + servers)

    static func table(of dialect: Dialect) -> FieldTable<TopField> {
        switch dialect {
        case .openAI, .gemini: openAI
        case .anthropic: anthropic
        case .responses: responses
        case .completions: completions
        case .embeddings: embeddings
        }
    }

    private static let items: [(StaticString, TopField)] = [
        ("input", .input), ("instructions", .system), ("max_output_tokens", .maxTokens), ("text", .definitions),
        ("reasoning", .judged), ("include", .include), ("truncation", .judged), ("stream_options", .streamOptions),
        ("user", .endUser(2)), ("safety_identifier", .endUser(3)), ("parallel_tool_calls", .boolean),
        ("top_logprobs", .topLogprobs), ("max_tool_calls", .number), ("moderation", .judged),
        ("prompt_cache_key", .flagged(.caches, .no)), ("prompt_cache_retention", .flagged(.caches, .no)),
    ]

    private static let common: [(StaticString, TopField)] = [
        ("model", .model), ("messages", .messages), ("stream", .stream), ("max_tokens", .maxTokens),
        ("temperature", .number), ("top_p", .number), ("top_k", .number), ("metadata", .metadata),
        ("service_tier", .judged), ("tools", .tools), ("tool_choice", .definitions),
        ("cache_control", .flagged(.cache, .no)),
    ]

    private static let chat: [(StaticString, TopField)] = [
        ("stream_options", .streamOptions), ("n", .choices), ("max_completion_tokens", .maxTokens),
        ("user", .endUser(2)), ("safety_identifier", .endUser(3)), ("functions", .definitions),
        ("function_call", .definitions), ("response_format", .definitions), ("prediction", .prediction),
        ("stop", .stops), ("parallel_tool_calls", .boolean), ("logprobs", .boolean),
        ("top_logprobs", .topLogprobs), ("presence_penalty", .number), ("frequency_penalty", .number),
        ("seed", .number), ("reasoning_effort", .judged), ("verbosity", .judged), ("moderation", .judged),
        ("web_search_options", .flagged(.serverTools, .no)), ("modalities", .flagged(.audio, .textOnly)),
        ("audio", .flagged(.audio, .no)), ("prompt_cache_key", .flagged(.caches, .no)),
        ("prompt_cache_retention", .flagged(.caches, .no)), ("system", .system),
        ("guided_json", .definitions), ("guided_regex", .definitions), ("guided_choice", .definitions),
        ("guided_grammar", .definitions), ("grammar", .definitions), ("json_schema", .definitions),
        ("structured_outputs", .definitions), ("regex", .definitions), ("ebnf", .definitions),
    ]

    private static let claude: [(StaticString, TopField)] = [
        ("system", .system), ("stop_sequences", .stops), ("output_config", .definitions),
        ("output_format", .definitions), ("thinking", .judged), ("context_management", .judged),
    ]

    /// Fields of the model servers beyond the dialects.
    private static let servers: [(StaticString, TopField)] = [
        ("logit_bias", .flagged(.logitBias, .no)), ("allowed_token_ids", .flagged(.logitBias, .no)),
        ("n_probs", .flagged(.tokenProbabilities, .zero)), ("prompt_logprobs", .flagged(.tokenProbabilities, .no)),
        ("post_sampling_probs", .flagged(.tokenProbabilities, .no)),
        ("logprob_token_ids", .flagged(.tokenProbabilities, .no)),
        ("echo", .flagged(.templates, .no)), ("chat_template", .flagged(.templates, .no)),
        ("chat_template_kwargs", .flagged(.templates, .no)), ("add_generation_prompt", .flagged(.templates, .yes)),
        ("continue_final_message", .flagged(.templates, .no)), ("add_special_tokens", .flagged(.templates, .no)),
        ("template", .flagged(.templates, .no)), ("truncate_prompt_tokens", .flagged(.templates, .no)),
        ("generation_prompt", .flagged(.templates, .no)), ("chat_format", .flagged(.templates, .no)),
        ("response_role", .flagged(.templates, .no)), ("raw", .flagged(.templates, .no)),
        ("prompt", .flagged(.rawPrompts, .no)), ("input_ids", .flagged(.rawPrompts, .no)),
        ("prompt_token_ids", .flagged(.rawPrompts, .no)), ("input_prefix", .flagged(.rawPrompts, .no)),
        ("input_suffix", .flagged(.rawPrompts, .no)), ("input_extra", .flagged(.rawPrompts, .no)),
        ("suffix", .flagged(.rawPrompts, .no)), ("context", .flagged(.rawPrompts, .no)),
        ("input", .flagged(.rawPrompts, .no)), ("inputs", .flagged(.rawPrompts, .no)),
        ("cache_salt", .flagged(.caches, .no)), ("kv_transfer_params", .flagged(.caches, .no)),
        ("id_slot", .flagged(.caches, .no)), ("slot_id", .flagged(.caches, .no)), ("slot", .flagged(.caches, .no)),
        ("cache_prompt", .flagged(.caches, .no)), ("n_cache_reuse", .flagged(.caches, .no)),
        ("session_id", .flagged(.caches, .no)), ("session_params", .flagged(.caches, .no)),
        ("bootstrap_host", .flagged(.caches, .no)), ("bootstrap_port", .flagged(.caches, .no)),
        ("bootstrap_room", .flagged(.caches, .no)), ("extra_key", .flagged(.caches, .no)),
        ("return_token_ids", .flagged(.tokenIDs, .no)), ("return_tokens", .flagged(.tokenIDs, .no)),
        ("return_tokens_as_token_ids", .flagged(.tokenIDs, .no)),
        ("store", .flagged(.stored, .no)), ("previous_response_id", .flagged(.stored, .no)),
        ("background", .flagged(.stored, .no)), ("conversation", .flagged(.stored, .no)),
        ("prompt_embeds", .flagged(.embeddings, .no)), ("input_embeds", .flagged(.embeddings, .no)),
        ("embeddings", .flagged(.embeddings, .no)), ("embedding", .flagged(.embeddings, .no)),
        ("return_hidden_states", .flagged(.embeddings, .no)),
        ("images", .flagged(.images, .no)), ("image", .flagged(.images, .no)),
        ("image_data", .flagged(.images, .no)), ("multi_modal_data", .flagged(.images, .no)),
        ("mm_processor_kwargs", .flagged(.images, .no)), ("media_io_kwargs", .flagged(.images, .no)),
        ("audio_data", .flagged(.audio, .no)), ("video_data", .flagged(.video, .no)),
        ("files", .flagged(.files, .no)), ("file", .flagged(.files, .no)), ("file_ids", .flagged(.files, .no)),
        ("lora", .flagged(.modelOverrides, .no)), ("lora_path", .flagged(.modelOverrides, .no)),
        ("lora_request", .flagged(.modelOverrides, .no)), ("adapter", .flagged(.modelOverrides, .no)),
        ("models", .flagged(.modelOverrides, .no)), ("model_override", .flagged(.modelOverrides, .no)),
        ("fallbacks", .flagged(.modelOverrides, .no)), ("provider", .flagged(.modelOverrides, .no)),
        ("route", .flagged(.modelOverrides, .no)), ("preset", .flagged(.modelOverrides, .no)),
        ("plugins", .flagged(.serverTools, .no)), ("mcp_servers", .flagged(.serverTools, .no)),
        ("container", .flagged(.serverTools, .no)), ("search_parameters", .flagged(.serverTools, .no)),
        ("custom_logit_processor", .flagged(.serverInternals, .no)),
        ("logits_processors", .flagged(.serverInternals, .no)), ("priority", .flagged(.serverInternals, .zero)),
        ("vllm_xargs", .flagged(.serverInternals, .no)), ("extra_args", .flagged(.serverInternals, .no)),
        ("options", .flagged(.serverInternals, .no)), ("citations", .flagged(.citations, .no)),
    ]

    static let message = FieldTable<MessageField>([
        ("role", .role), ("content", .content), ("name", .text), ("refusal", .deep), ("tool_calls", .deep),
        ("function_call", .deep), ("tool_call_id", .text), ("reasoning", .deep), ("reasoning_content", .deep),
        ("reasoning_details", .deep), ("thinking", .deep), ("prefix", .boolean), ("partial", .boolean),
        ("audio", .flagged(.audio)), ("images", .flagged(.images)), ("image", .flagged(.images)),
        ("files", .flagged(.files)), ("input_ids", .flagged(.rawPrompts)), ("token_ids", .flagged(.rawPrompts)),
        ("prompt_embeds", .flagged(.embeddings)), ("cache_control", .flagged(.cache)),
        ("encrypted_content", .flagged(.opaque)),
    ])

    static let part = FieldTable<PartField>([
        ("type", .type), ("text", .text), ("refusal", .deep), ("content", .content), ("thinking", .deep),
        ("reasoning", .deep), ("input", .deep), ("name", .text), ("id", .text), ("tool_use_id", .text),
        ("title", .text), ("context", .text), ("is_error", .boolean), ("signature", .sealed), ("data", .sealed),
        ("source", .source), ("citations", .citations), ("cache_control", .flagged(.cache)),
        ("image_url", .media(.images)), ("image", .media(.images)), ("image_embeds", .media(.images)),
        ("image_pil", .media(.images)), ("images", .media(.images)), ("input_audio", .media(.audio)),
        ("audio", .media(.audio)), ("audio_url", .media(.audio)), ("audio_embeds", .media(.audio)),
        ("video", .media(.video)), ("video_url", .media(.video)), ("file", .media(.files)),
        ("file_id", .media(.files)), ("file_data", .media(.files)), ("file_url", .media(.files)),
        ("prompt_embeds", .flagged(.embeddings)), ("uuid", .flagged(.caches)),
        ("encrypted_content", .flagged(.opaque)), ("encrypted_index", .flagged(.opaque)),
    ])

    private static let types = FieldTable<PartType>(typeNames)
    private static let typeNames: [(StaticString, PartType)] = [
        ("text", .text), ("input_text", .text), ("output_text", .text), ("refusal", .text), ("thinking", .text),
        ("reasoning", .text), ("tool_use", .text), ("search_result", .text), ("tool_result", .toolResult),
        ("document", .document), ("image", .flagged(.images)), ("image_url", .flagged(.images)),
        ("input_image", .flagged(.images)), ("image_embeds", .flagged(.images)), ("image_pil", .flagged(.images)),
        ("input_audio", .flagged(.audio)), ("audio_url", .flagged(.audio)), ("audio", .flagged(.audio)),
        ("video", .flagged(.video)), ("video_url", .flagged(.video)), ("file", .flagged(.files)),
        ("input_file", .flagged(.files)), ("prompt_embeds", .flagged(.embeddings)),
        ("redacted_thinking", .flagged(.opaque)), ("server_tool_use", .flagged(.serverTools)),
        ("web_search_tool_result", .flagged(.serverTools)), ("web_fetch_tool_result", .flagged(.serverTools)),
        ("code_execution_tool_result", .flagged(.serverTools)),
        ("bash_code_execution_tool_result", .flagged(.serverTools)),
        ("text_editor_code_execution_tool_result", .flagged(.serverTools)),
        ("tool_search_tool_result", .flagged(.serverTools)), ("mcp_tool_use", .flagged(.serverTools)),
        ("mcp_tool_result", .flagged(.serverTools)), ("container_upload", .flagged(.files)),
    ]

    static func partType(_ index: Int, _ view: JSONView) -> PartType {
        types.field(spelledBy: index, in: view) ?? .unknown
    }

    /// The words of the formats themselves, which carry nothing: schema keywords, types, settings.
    static func isWord(_ index: Int, _ view: JSONView) -> Bool { words.field(spelledBy: index, in: view) != nil }

    private static let words = FieldTable<Bool>(wordList.map { ($0, true) })
    private static let wordList: [StaticString] = [
        "type", "object", "string", "number", "integer", "boolean", "array", "null", "properties", "required",
        "description", "items", "enum", "additionalProperties", "default", "anyOf", "allOf", "oneOf", "const",
        "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "format", "title", "$ref",
        "$defs", "$schema", "name", "parameters", "input_schema", "strict", "schema", "json_schema", "json_object",
        "text", "function", "custom", "arguments", "id", "content", "auto", "none", "any", "tool", "low", "medium",
        "high", "minimal", "enabled", "disabled", "adaptive", "budget_tokens", "ephemeral", "ttl", "5m", "1h", "effort",
        "include_usage", "include_obfuscation", "cache_control", "url", "detail", "image_url", "source", "base64",
        "media_type", "data", "priority", "flex", "standard_only", "disable_parallel_tool_use", "input",
    ]
}

extension FieldTable {
    /// The meaning of a string value, spelled exactly; long ones mean nothing.
    func field(spelledBy index: Int, in view: JSONView) -> Field? {
        if view.kind(index) == .key { return field(of: index, in: view) }
        let token = view.tokens[index]
        guard token.end - token.start <= 66, !token.isEscaped else { return nil }
        return field(JSONText.hash(JSONText.inside(view.bytes, token))) { view.spells(index, $0) }
    }
}
