import Store

extension AccessService {
    /// Makes keys whose secrets were chosen elsewhere, for tests, benches and moves from another gateway.
    ///
    /// They belong to one organisation, which is made if it is not there. A secret that is known already is left as it is.
    ///
    /// - Parameter secrets: The names of the keys and their secrets, of 8 to 256 visible ASCII characters.
    /// - Throws: `AccessError` for a secret that is none, or a store that cannot be written.
    public func adopt(
        _ secrets: [(name: String, secret: String)], organisation name: String, by actor: String,
        at wall: Int64 = SystemTime.wall
    ) async throws(AccessError) {
        let existing = organisations.first { $0.name.lowercased() == name.lowercased() }
        let owner: Organisation
        if let existing { owner = existing } else { owner = try await createOrganisation(name: name, by: actor) }
        for (name, text) in secrets {
            try Naming.check(name, field: "name")
            guard (8...256).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw .invalid(field: name, message: "must be a secret of 8 to 256 visible ASCII characters")
            }
            let secret = KeySecret(chosen: text)
            guard !keys().contains(where: { $0.hash == secret.hash }) else { continue }
            _ = try await change { snapshot throws(AccessError) -> Decision<Bool> in
                let account = try snapshot.account("default", of: owner.id)
                let key = KeyRecord(
                    id: .random(), organisation: owner.id, account: account.id, hash: secret.hash, hint: secret.hint,
                    name: name,
                    created: wall)
                return Decision(
                    changes: [.addKey(key)],
                    event: ChangeEvent(
                        time: wall, actor: actor, action: "key.adopt", subject: key.id.text, detail: key.facts),
                    result: true)
            }
        }
    }
}
