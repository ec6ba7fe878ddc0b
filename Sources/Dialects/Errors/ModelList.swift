internal import NIOCore

/// The model routes: `GET /v1/models` and `GET /v1/models/{id}`, in both dialects.
public enum ModelList {
    /// The list of the models that a key may use.
    public static func list(_ ids: [String], dialect: Dialect) -> Reply {
        var writer = JSONWriter()
        writer.raw(dialect != .anthropic ? "{\"object\":\"list\",\"data\":[" : "{\"data\":[")
        for (number, id) in ids.enumerated() {
            if number > 0 { writer.raw(",") }
            write(id, dialect, &writer)
        }
        writer.raw("]")
        if dialect == .anthropic {
            writer.raw(",\"has_more\":false,\"first_id\":")
            writer.string(orNull: ids.first)
            writer.raw(",\"last_id\":")
            writer.string(orNull: ids.last)
        }
        writer.raw("}")
        return Reply(status: 200, headers: [Reply.jsonType], body: writer.buffer)
    }

    /// One model.
    public static func model(_ id: String, dialect: Dialect) -> Reply {
        var writer = JSONWriter()
        write(id, dialect, &writer)
        return Reply(status: 200, headers: [Reply.jsonType], body: writer.buffer)
    }

    private static func write(_ id: String, _ dialect: Dialect, _ writer: inout JSONWriter) {
        switch dialect {
        case .openAI, .completions, .embeddings, .responses, .gemini:
            writer.raw("{\"id\":")
            writer.string(id)
            writer.raw(",\"object\":\"model\",\"created\":0,\"owned_by\":\"sluice\"}")
        case .anthropic:
            writer.raw("{\"type\":\"model\",\"id\":")
            writer.string(id)
            writer.raw(",\"display_name\":")
            writer.string(id)
            writer.raw(",\"created_at\":\"1970-01-01T00:00:00Z\"}")
        }
    }
}
