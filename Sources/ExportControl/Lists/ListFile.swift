/// How a version is kept: a line of JSON about the version, a line for each entry, and a last line with the count and hash.
enum ListFile {
    static func encode(_ stored: ListArchive.Stored) -> [UInt8] {
        var text = head(stored.version) + "\n"
        for party in stored.parties { text += line(party) + "\n" }
        let body = Array(text.utf8)
        return body + Array("{\"entries\":\(stored.parties.count),\"sha256\":\"\(ListVersion.hash([body]))\"}\n".utf8)
    }

    /// - Throws: `ListError.storage` for a file that is cut off, altered or of another kind.
    static func decode(_ bytes: [UInt8], path: String) throws(ListError) -> ListArchive.Stored {
        func damaged(_ problem: String) -> ListError { .storage(path: path, problem: problem) }
        let ends = bytes.indices.filter { bytes[$0] == 0x0A }
        guard ends.count >= 2, ends.last == bytes.count - 1 else { throw damaged("the file is cut off") }
        let tail = ends[ends.count - 2] + 1
        let foot = try json(bytes[tail...], path)
        guard foot["sha256"]?.text == ListVersion.hash([Array(bytes[..<tail])]) else {
            throw damaged("the file was altered: its hash does not match")
        }
        let version = try version(try json(bytes[..<ends[0]], path), path)
        let parties = try bytes[(ends[0] + 1)..<tail].withUnsafeBufferPointer { body throws(ListError) in
            try PartyLines.read(body, list: version.list)
        }
        guard parties.count == version.count else { throw damaged("entries are missing") }
        return ListArchive.Stored(version: version, parties: parties)
    }

    private static func json(_ bytes: ArraySlice<UInt8>, _ path: String) throws(ListError) -> JSONValue {
        try bytes.withUnsafeBufferPointer { buffer throws(ListError) in try JSONReader.read(buffer) }
    }

    private static func head(_ version: ListVersion) -> String {
        let difference = version.difference
        return "{\"format\":\"sluice-list-1\",\"list\":\(JSONText.string(version.list)),\"number\":\(version.number),"
            + "\"sha256\":\"\(version.sha256)\",\"source\":\"\(version.format.rawValue)\",\"count\":\(version.count),"
            + "\"unreadable\":\(version.unreadable),\"imported_at\":\(JSONText.string(version.importedAt)),"
            + "\"added\":\(JSONText.strings(difference.added)),\"removed\":\(JSONText.strings(difference.removed)),"
            + "\"changed\":\(JSONText.strings(difference.changed)),\"shrink_confirmed\":\(version.isShrinkConfirmed)}"
    }

    private static func version(_ value: JSONValue, _ path: String) throws(ListError) -> ListVersion {
        guard value["format"]?.text == "sluice-list-1", let list = value["list"]?.text,
            let number = value["number"]?.text.flatMap({ Int($0) }), let sha256 = value["sha256"]?.text,
            let format = value["source"]?.text.flatMap(ListFormat.init(rawValue:)),
            let count = value["count"]?.text.flatMap({ Int($0) })
        else { throw .storage(path: path, problem: "the first line says no version") }
        var difference = ListVersion.Difference(from: [], to: [])
        difference.added = value["added"]?.texts ?? []
        difference.removed = value["removed"]?.texts ?? []
        difference.changed = value["changed"]?.texts ?? []
        return ListVersion(
            list: list, number: number, sha256: sha256, format: format, count: count,
            unreadable: value["unreadable"]?.text.flatMap { Int($0) } ?? 0,
            importedAt: value["imported_at"]?.text ?? "",
            difference: difference, isShrinkConfirmed: value["shrink_confirmed"] == .bool(true))
    }

    /// A party in Sluice's own format.
    static func line(_ party: ListedParty) -> String {
        var fields = ["\"id\":\(JSONText.string(party.id))", "\"name\":\(JSONText.string(party.name))"]
        func put(_ name: String, _ texts: [String]) {
            if !texts.isEmpty { fields.append("\"\(name)\":\(JSONText.strings(texts))") }
        }
        put("aliases", party.aliases)
        put("native_names", party.nativeNames)
        fields.append("\"type\":\"\(party.kind.rawValue)\"")
        put("countries", party.countries)
        put("addresses", party.addresses)
        if !party.identifiers.isEmpty {
            let pairs = party.identifiers.map {
                "{\"kind\":\(JSONText.string($0.kind)),\"value\":\(JSONText.string($0.value))}"
            }
            fields.append("\"identifiers\":[\(pairs.joined(separator: ","))]")
        }
        fields.append("\"list\":\(JSONText.string(party.list))")
        put("programs", party.programs)
        if let date = party.listedOn { fields.append("\"listed_on\":\(JSONText.string(date))") }
        if let date = party.expires { fields.append("\"expires\":\(JSONText.string(date))") }
        put("linked_to", party.linkedTo)
        return "{\(fields.joined(separator: ","))}"
    }
}
