import Testing

@testable import Dialects

@Suite("Sensitive fields")
struct SensitiveFieldTests {
    typealias Kind = SensitiveField.Kind

    private static let content = #"{"model":"m","messages":[{"role":"user","content":["#

    @Test(
        "A part that cannot be read is named",
        arguments: [
            (#"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}"#, [Kind.images]),
            (#"{"type":"image_url","image_url":{"url":"https://x.example/a.png"}}"#, [.images, .remoteURLs]),
            (#"{"type":"image_url","image_url":"file:///etc/passwd"}"#, [.images, .remoteURLs]),
            (#"{"image_url":{"url":"data:,x"}}"#, [.images]),
            (#"{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}"#, [.audio]),
            (#"{"type":"video_url","video_url":{"url":"http://x/a.mp4"}}"#, [.video, .remoteURLs]),
            (#"{"type":"file","file":{"file_id":"f1"}}"#, [.files]),
            (#"{"type":"prompt_embeds","prompt_embeds":"AAAA"}"#, [.embeddings]),
            (#"{"type":"image_url","image_url":{"url":"data:,x"},"uuid":"u"}"#, [.images, .caches]),
            (#"{"type":"hologram","beam":"x"}"#, [.opaque]),
        ])
    func namesParts(_ part: String, _ kinds: [Kind]) throws {
        let request = try parse(Self.content + part + "]}]}")
        #expect(request.sensitive.map(\.kind) == kinds)
        #expect(request.sensitive(notIn: []).count == kinds.count)
        #expect(request.sensitive(notIn: Set(kinds)).isEmpty)
    }

    @Test(
        "A block that Claude's safeguards cannot read is named",
        arguments: [
            (#"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}"#, [Kind.images]),
            (#"{"type":"image","source":{"type":"url","url":"https://x/a.png"}}"#, [.images, .remoteURLs]),
            (#"{"type":"image","source":{"type":"text","data":"hi"}}"#, [.images]),
            (#"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"}}"#, [.files]),
            (#"{"type":"document","source":{"type":"file","file_id":"f"}}"#, [.files]),
            (#"{"type":"document","source":{"type":"url","url":"https://x/a.pdf"}}"#, [.remoteURLs, .files]),
            (#"{"type":"document","citations":{"enabled":true},"source":{"type":"text","data":"hi"}}"#, [.citations]),
            (
                #"{"type":"document","source":{"type":"content","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}}"#,
                [.images]
            ),
            (
                #"{"type":"tool_result","tool_use_id":"t","content":[{"type":"image","source":{"type":"base64","data":"AAAA"}}]}"#,
                [.images]
            ),
            (#"{"type":"redacted_thinking","data":"QUJD"}"#, [.opaque]),
            (#"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#, [.serverTools]),
            (
                #"{"type":"web_search_tool_result","tool_use_id":"s","content":[{"type":"web_search_result","encrypted_content":"x"}]}"#,
                [.serverTools, .opaque]
            ),
            (#"{"type":"container_upload","file_id":"f"}"#, [.files]),
            (#"{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}"#, [.cache]),
        ])
    func namesBlocks(_ block: String, _ kinds: [Kind]) throws {
        let request = try parse(
            #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[\#(block)]}]}"#, .anthropic)
        #expect(request.sensitive.map(\.kind) == kinds)
    }

    @Test(
        "A field that reaches past the safeguards is named, in both dialects",
        arguments: [
            (#""logit_bias":{"1":5}"#, Kind.logitBias), (#""n_probs":5"#, .tokenProbabilities),
            (#""prompt_logprobs":0"#, .tokenProbabilities),
            (#""echo":true"#, .templates), (#""chat_template":"x""#, .templates),
            (#""chat_template_kwargs":{"a":1}"#, .templates),
            (#""add_generation_prompt":false"#, .templates), (#""continue_final_message":true"#, .templates),
            (#""template":"x""#, .templates),
            (#""truncate_prompt_tokens":5"#, .templates), (#""prompt":"x""#, .rawPrompts),
            (#""input_ids":[1]"#, .rawPrompts),
            (#""prompt_token_ids":[1]"#, .rawPrompts), (#""cache_salt":"x""#, .caches),
            (#""kv_transfer_params":{"a":1}"#, .caches),
            (#""id_slot":0"#, .caches), (#""cache_prompt":true"#, .caches), (#""return_token_ids":true"#, .tokenIDs),
            (#""return_tokens_as_token_ids":true"#, .tokenIDs), (#""store":true"#, .stored),
            (#""previous_response_id":"x""#, .stored),
            (#""background":true"#, .stored), (#""prompt_embeds":"x""#, .embeddings),
            (#""lora":[{"id":1}]"#, .modelOverrides),
            (#""models":["x"]"#, .modelOverrides), (#""mcp_servers":[{"url":"https://x"}]"#, .serverTools),
            (#""container":"c""#, .serverTools), (#""images":["AAAA"]"#, .images),
            (#""custom_logit_processor":"x""#, .serverInternals),
            (#""citations":true"#, .citations), (#""cache_control":{"type":"ephemeral"}"#, .cache),
        ])
    func namesFields(_ field: String, _ kind: Kind) throws {
        #expect(try parse(chatRequest(",\(field)")).sensitive.map(\.kind) == [kind])
        #expect(try parse(messagesRequest(",\(field)"), .anthropic).sensitive.map(\.kind) == [kind])
    }

    @Test(
        "OpenAI's own fields are named",
        arguments: [
            (#""modalities":["text","audio"]"#, Kind.audio), (#""audio":{"voice":"x"}"#, .audio),
            (#""web_search_options":{"a":1}"#, .serverTools), (#""prompt_cache_key":"x""#, .caches),
            (#""tools":[{"type":"web_search"}]"#, .serverTools),
            (#""tools":[{"type":"function","function":{"name":"f"}},{"type":"mcp"}]"#, .serverTools),
        ])
    func namesOpenAIFields(_ field: String, _ kind: Kind) throws {
        #expect(try parse(chatRequest(",\(field)")).sensitive.map(\.kind) == [kind])
    }

    @Test(
        "Tools that Claude's provider runs are named",
        arguments: [
            "web_search_20250305", "code_execution_20250522", "computer_20250124", "bash_20250124",
            "text_editor_20250728", "function",
        ])
    func namesServerTools(_ type: String) throws {
        let request = try parse(messagesRequest(#","tools":[{"type":"\#(type)","name":"x"}]"#), .anthropic)
        #expect(request.sensitive.map(\.kind) == [.serverTools])
    }

    @Test(
        "A field that is switched off is not",
        arguments: [
            #""logit_bias":{}"#, #""store":false"#, #""echo":false"#, #""n_probs":0"#, #""modalities":["text"]"#,
            #""images":[]"#,
            #""add_generation_prompt":true"#, #""cache_prompt":false"#,
            #""tools":[{"type":"custom","custom":{"name":"c"}}]"#,
            #""guided_grammar":"x""#, #""unheard_of":{"a":["b"]}"#,
        ])
    func ignoresWhatIsOff(_ field: String) throws {
        #expect(try parse(chatRequest(",\(field)")).sensitive.isEmpty)
    }

    @Test("Encoded data is not judged as text; its name, its address and what only looks like data are")
    func skipsData() throws {
        let data = String(repeating: "QUJD", count: 100)
        let request = try parse(
            Self.content
                + #"{"type":"file","file":{"filename":"name.pdf","file_data":"data:application/pdf;base64,\#(data)"}},"#
                + #"{"type":"input_audio","input_audio":{"data":"\#(data)","format":"say this"}}]}]}"#)
        #expect(request.texts.map(\.text.text).filter { $0.contains("QUJD") }.isEmpty)
        #expect(request.texts.map(\.text.text).contains("name.pdf"))
        #expect(request.texts.map(\.text.text).contains("say this"))
        let sealed = try parse(
            messagesRequest().replacing(
                #""hi""#, with: #"[{"type":"thinking","thinking":"t","signature":"not a signature!"}]"#),
            .anthropic)
        #expect(sealed.texts.map(\.text.text).contains("not a signature!"))
    }

    @Test("Only the first of a kind is kept, with its place")
    func keepsTheFirst() throws {
        let image = #"{"type":"image_url","image_url":{"url":"data:,x"}}"#
        let request = try parse(Self.content + [image, image, image].joined(separator: ",") + "]}]}")
        #expect(request.sensitive.map(\.path) == ["messages[0].content[0].type"])
    }

    @Test("The names used in configuration are stable")
    func namesAreStable() {
        #expect(
            Kind.allCases.map(\.rawValue) == [
                "images", "audio", "video", "files", "remote_urls", "server_tools", "logit_bias", "token_probabilities",
                "templates", "raw_prompts", "caches", "cache", "token_ids", "stored", "embeddings", "model_overrides",
                "server_internals", "citations", "opaque",
            ])
    }
}
