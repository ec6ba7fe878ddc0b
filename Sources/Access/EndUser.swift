import Crypto
public import Store
import Synchronization
import Threads

extension Gatekeeper {
    /// The name by which records know an end user: `usr_` and eleven letters and digits.
    ///
    /// It is a keyed hash of the organisation and of what the client sent (`safety_identifier`, `user`,
    /// `metadata.user_id`), so that a record says of two exchanges that they were the same end user's, and nobody who has no key
    /// can find out whose.
    ///
    /// - Returns: An empty text for an empty identifier.
    public func pseudonym(of identifier: String, in organisation: OrganisationID) -> String {
        guard !identifier.isEmpty else { return "" }
        let key = table.withLock { $0.pseudonymKey }
        var code = HMAC<SHA256>(key: key)
        code.update(data: Array(organisation.text.utf8))
        code.update(data: [0])
        code.update(data: Array(identifier.utf8))
        var value: UInt64 = 0
        for byte in code.finalize().prefix(8) { value = value << 8 | UInt64(byte) }
        return String(unsafeUninitializedCapacity: 15) { out in
            for (place, letter) in "usr_".utf8.enumerated() { out[place] = letter }
            for place in 4..<15 {
                out[place] = Self.letters.utf8Start[Int(value % 62)]
                value /= 62
            }
            return 15
        }
    }

    /// The first key of a key's line of rotations; the key itself where it is not known.
    public func line(ofKey id: String) -> String {
        book.withLock { $0.snapshot.keys[KeyID(id)]?.family.text } ?? id
    }

    private static var letters: StaticString { "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" }
}
