import Store
import Testing

@testable import People

@Suite("The desk of people")
struct PeopleDeskTests {
    private let now = Hall.start

    @Test("An account is opened by its owner alone: code, password, authenticator; then they sign in")
    func lifecycle() async throws {
        let hall = try await Hall()
        let (person, authenticator, recovery) = try await hall.enrolled("Ada", [.operator, .auditor])
        #expect(person.name == "ada" && person.isEnrolled && recovery.count == 10)
        let signedIn = try await hall.signIn("ADA", Hall.password, authenticator.code(at: now), at: now)
        #expect(signedIn.person.roles == [.operator, .auditor] && signedIn.session.method == .password)
        let known = try #require(await hall.desk.check(signedIn.token, at: now + 1_000))
        #expect(known.person.id == person.id && known.session.id == signedIn.session.id)
        #expect(await hall.desk.check(Token(signedIn.token.text + "x"), at: now) == nil)
        let again = try await PeopleDesk.open(store: hall.store, key: hall.key, rules: Hall.rules())
        #expect(await again.check(signedIn.token, at: now + 1_000)?.person.name == "ada")
        let events = try await hall.store.events(limit: 10)
        #expect(events.map(\.action) == ["session.begin", "person.enrol", "person.create"])
        #expect(events.first?.actor == "ada" && events.first?.detail["method"] == "password")
    }

    @Test("Nothing in the store or the record is a secret")
    func noSecrets() async throws {
        let hall = try await Hall()
        let (_, authenticator, recovery) = try await hall.enrolled("ada")
        let signedIn = try await hall.signIn("ada", Hall.password, authenticator.code(at: now), at: now)
        let rows = try await hall.store.people()
        let text =
            rows.people.map(\.document).joined() + rows.sessions.map(\.document).joined()
            + (try await hall.store.events(limit: 100)).map { "\($0)" }.joined()
        for secret in recovery + [Hall.password, signedIn.token.text, Base32.encode(authenticator.secret)] {
            #expect(!text.contains(secret))
        }
        let sealed = rows.people.compactMap { try? Person($0) }.compactMap(\.proof).first?.authenticator ?? []
        #expect(!sealed.isEmpty && sealed.firstRange(of: authenticator.secret) == nil)
    }

    @Test("A wrong name, password or code gets one answer, and so does a code that was used")
    func refusals() async throws {
        let hall = try await Hall()
        let (_, authenticator, _) = try await hall.enrolled("ada")
        _ = try await hall.enrolled("bob")
        let code = authenticator.code(at: now)
        for (index, (name, password, typed)) in [
            ("nobody", Hall.password, code), ("ada", "wrong wrong wrong", code), ("ada", Hall.password, "000000"),
            ("bob", Hall.password, code), ("ada", "", code), ("ada", Hall.password, ""), ("", "", ""),
            (String(repeating: "n", count: 100_000), Hall.password, code),
            ("ada", String(repeating: "p", count: 100_000), code),
        ].enumerated() {
            await #expect(throws: PeopleError.refused) {
                try await hall.signIn(name, password, typed, from: "198.51.100.\(index)", at: now)
            }
        }
        _ = try await hall.signIn("ada", Hall.password, code, at: now)
        await #expect(throws: PeopleError.refused) { try await hall.signIn("ada", Hall.password, code, at: now + 1) }
    }

    @Test("A recovery code is good once, in the place of the authenticator")
    func recoveryCodes() async throws {
        let hall = try await Hall()
        let (person, authenticator, recovery) = try await hall.enrolled("ada")
        let typed = recovery[3].uppercased()
        let signedIn = try await hall.signIn("ada", Hall.password, typed, at: now)
        #expect(signedIn.session.method == .recovery && signedIn.recoveryCodesLeft == 9)
        await #expect(throws: PeopleError.refused) { try await hall.signIn("ada", Hall.password, typed, at: now) }
        let fresh = try await hall.desk.renewRecoveryCodes(
            of: person.id, code: authenticator.code(at: now), from: "unix", at: now)
        await #expect(throws: PeopleError.refused) {
            try await hall.signIn("ada", Hall.password, recovery[4], at: now + 60_000)
        }
        _ = try await hall.signIn("ada", Hall.password, fresh[0], at: now + 60_000)
    }

    @Test("Guesses are limited before they are looked at, for unknown names as for known ones")
    func limits() async throws {
        let hall = try await Hall()
        let (_, authenticator, _) = try await hall.enrolled("ada")
        // The table's places are drawn anew in each process: a stranger who shares one would wait with the owner.
        let taken = Set(SignInLimit.places("ada", from: "ada") + SignInLimit.places("ada", from: "192.0.2.9"))
        let stranger = try #require(
            (0..<1_000).lazy.map { "nobody\($0)" }.first {
                let places = SignInLimit.places($0, from: $0)
                return taken.isDisjoint(with: places) && Set(places).count == places.count
            })
        for name in ["ada", stranger] {
            var answers: [PeopleError] = []
            for _ in 0..<12 {
                do {
                    _ = try await hall.signIn(name, "wrong wrong wrong", "000000", from: name, at: now)
                } catch {
                    if let error = error as? PeopleError { answers.append(error) }
                }
            }
            #expect(answers.prefix(8).allSatisfy { $0 == .refused })
            #expect(answers.dropFirst(8).allSatisfy { if case .tooMany = $0 { true } else { false } })
        }
        // Whoever has been wrong elsewhere does not lock the owner out.
        _ = try await hall.signIn("ada", Hall.password, authenticator.code(at: now), from: "192.0.2.9", at: now)
    }

    @Test("A session ends when its time is over, when it is not used, and when its owner signs out")
    func sessions() async throws {
        let hall = try await Hall()
        let (person, authenticator, _) = try await hall.enrolled("ada")
        func begin(_ step: Int64) async throws -> SignedIn {
            let time = now + step * OneTimeCode.step
            return try await hall.signIn("ada", Hall.password, authenticator.code(at: time), at: time)
        }
        let unused = try await begin(0)
        #expect(await hall.desk.check(unused.token, at: now + 3_599_999) != nil)
        #expect(await hall.desk.check(unused.token, at: now + 3_599_999 + 3_600_000) == nil)
        let long = try await begin(1)
        var time = long.session.created
        while time < long.session.expires {
            #expect(await hall.desk.check(long.token, at: time) != nil)
            time += 1_800_000
        }
        #expect(await hall.desk.check(long.token, at: long.session.expires) == nil)
        let out = try await begin(2)
        try await hall.desk.signOut(out.token, at: now + 90_000)
        #expect(await hall.desk.check(out.token, at: now + 90_000) == nil)
        try await hall.desk.maintain(at: long.session.expires)
        #expect(try await hall.store.people().sessions.isEmpty)
        #expect(await hall.desk.sessions(of: person.id, at: long.session.expires).isEmpty)
    }

    @Test("Roles, closing and opening act on running sessions at once, and not on oneself")
    func changes() async throws {
        let hall = try await Hall()
        let (_, authenticator, _) = try await hall.enrolled("ada", [.operator])
        let signedIn = try await hall.signIn("ada", Hall.password, authenticator.code(at: now), at: now)
        let ada = Caller(name: "ada", kind: .person(session: signedIn.session.id), role: "operator")
        await Caller.$current.withValue(ada) {
            await #expect(throws: PeopleError.self) { try await hall.desk.setRoles("ada", [.safety], at: now) }
            await #expect(throws: PeopleError.self) { try await hall.desk.setDisabled("ada", true, at: now) }
            await #expect(throws: PeopleError.self) { try await hall.desk.recover("ada", at: now) }
        }
        _ = try await hall.desk.setRoles("ada", [.auditor], at: now)
        #expect(await hall.desk.check(signedIn.token, at: now)?.person.roles == [.auditor])
        _ = try await hall.desk.setDisabled("ada", true, at: now)
        #expect(await hall.desk.check(signedIn.token, at: now) == nil)
        let later = now + 60_000
        await #expect(throws: PeopleError.refused) {
            try await hall.signIn("ada", Hall.password, authenticator.code(at: later), at: later)
        }
        _ = try await hall.desk.setDisabled("ada", false, at: later)
        #expect(await hall.desk.check(signedIn.token, at: later) == nil)
        _ = try await hall.signIn("ada", Hall.password, authenticator.code(at: later), at: later)
    }

    @Test("An account is recovered by the machine's operator alone; what its owner had is void")
    func recovery() async throws {
        let hall = try await Hall()
        let (_, authenticator, recovery) = try await hall.enrolled("ada")
        let signedIn = try await hall.signIn("ada", Hall.password, authenticator.code(at: now), at: now)
        for caller in [
            nil, Caller(name: "admin-token", kind: .token, role: "operator"),
            Caller(name: "eve", kind: .person(session: "ses_x"), role: "operator"),
        ] {
            await Caller.$current.withValue(caller) {
                await #expect(throws: PeopleError.self) { try await hall.desk.recover("ada", at: now) }
            }
        }
        let made = try await Caller.$current.withValue(Hall.machine) { try await hall.desk.recover("ada", at: now) }
        #expect(await hall.desk.check(signedIn.token, at: now) == nil)
        await #expect(throws: PeopleError.refused) { try await hall.signIn("ada", Hall.password, recovery[0], at: now) }
        let later = now + 120_000
        let fresh = try await hall.enrol(made, at: later)
        _ = try await hall.signIn("ada", Hall.password, fresh.authenticator.code(at: later), at: later)
        let event = try await hall.store.events(limit: 10).first { $0.action == "person.recover" }
        #expect(event?.actor == "unix:root" && event?.detail["role"] == "machine")
    }

    @Test("An enrolment code is good once, for a day, and is not guessed for long")
    func enrolment() async throws {
        let hall = try await Hall()
        let made = try await hall.desk.create(name: "ada", fullName: nil, roles: [.auditor], at: now)
        await #expect(throws: PeopleError.self) {
            try await hall.desk.authenticator(for: made.code, from: "unix", at: now + 86_400_000)
        }
        _ = try await hall.enrol(made)
        await #expect(throws: PeopleError.self) {
            try await hall.desk.authenticator(for: made.code, from: "unix", at: now)
        }
        var guesses = 0
        while guesses < 100 {
            do {
                _ = try await hall.desk.authenticator(for: "enr-0000-0000-0000-0000-0000-0000", from: "x", at: now)
            } catch {
                if case .tooMany = error { break }
            }
            guesses += 1
        }
        #expect(guesses == 8)
    }

    @Test("A changed password ends the other sessions, and takes the old one and the authenticator")
    func passwords() async throws {
        let hall = try await Hall()
        let (person, authenticator, _) = try await hall.enrolled("ada")
        let one = try await hall.signIn("ada", Hall.password, authenticator.code(at: now), at: now)
        let later = now + 60_000
        let two = try await hall.signIn("ada", Hall.password, authenticator.code(at: later), at: later)
        let last = now + 120_000
        let code = authenticator.code(at: last)
        func change(_ old: String, _ new: String, _ code: String) async throws {
            try await hall.desk.changePassword(
                of: person.id, old: old, new: new, code: code, keeping: two.session.id, from: "unix", at: last)
        }
        await #expect(throws: PeopleError.refused) { try await change("wrong", "violet harbour 99", code) }
        await #expect(throws: PeopleError.refused) { try await change(Hall.password, "violet harbour 99", "000000") }
        await #expect(throws: PeopleError.self) { try await change(Hall.password, "short", code) }
        try await change(Hall.password, "violet harbour 99", code)
        #expect(await hall.desk.check(one.token, at: last) == nil)
        #expect(await hall.desk.check(two.token, at: last) != nil)
    }

    @Test(
        "Names that are none, are taken, or stand for something else are refused",
        arguments: [
            "", "a b", "ada\u{0}", "аda", "_ada", "@", String(repeating: "a", count: 65), "admin-token", "bob", "BOB",
        ])
    func names(_ name: String) async throws {
        let hall = try await Hall()
        _ = try await hall.desk.create(name: "bob", fullName: nil, roles: [.auditor], at: now)
        await #expect(throws: PeopleError.self) {
            try await hall.desk.create(name: name, fullName: nil, roles: [.auditor], at: now)
        }
        #expect(await hall.desk.everybody().count == 1)
    }

    @Test("If the store fails nothing has changed, and nobody is signed in")
    func failingStore() async throws {
        let hall = try await Hall()
        let (_, authenticator, _) = try await hall.enrolled("ada")
        try await hall.store.close()
        await #expect(throws: PeopleError.self) {
            try await hall.signIn("ada", Hall.password, authenticator.code(at: now), at: now)
        }
        await #expect(throws: PeopleError.self) {
            try await hall.desk.create(name: "eve", fullName: nil, roles: [.operator], at: now)
        }
        #expect(await hall.desk.sessions(at: now).isEmpty)
        #expect(await hall.desk.everybody().map(\.name) == ["ada"])
    }

    @Test("A provider's people have an account from their first sign-in, by subject and not by name")
    func provided() async throws {
        let hall = try await Hall(rules: Hall.rules(allowsLocal: false))
        func claims(_ subject: String, _ name: String, _ roles: [Role]) -> ProviderPerson {
            ProviderPerson(
                identity: .init(issuer: "https://id.example", subject: subject), name: name, fullName: name,
                roles: roles)
        }
        func signIn(_ claims: ProviderPerson) async throws -> SignedIn {
            try await hall.desk.signIn(claims, holder: .browser, from: "192.0.2.1", at: now)
        }
        let first = try await signIn(claims("s1", "Ada@Example.com", [.reviewer]))
        #expect(first.person.name == "ada@example.com" && first.session.method == .oidc)
        // Another subject under the same name is another person.
        let second = try await signIn(claims("s2", "ada@example.com", [.operator]))
        #expect(second.person.id != first.person.id && second.person.name != first.person.name)
        let renamed = try await signIn(claims("s1", "Somebody Else", [.safety]))
        #expect(renamed.person.id == first.person.id && renamed.person.name == "ada@example.com")
        #expect(renamed.person.roles == [.safety])
        let odd = try await signIn(claims("s3", "阿达 <script>", [.auditor]))
        #expect(odd.person.name == "script-")
        #expect(try await signIn(claims("s4", "admin-token", [.auditor])).person.name != "admin-token")
        await #expect(throws: PeopleError.self) { try await signIn(claims("s5", "eve", [])) }
        await #expect(throws: PeopleError.self) {
            try await hall.desk.create(name: "local", fullName: nil, roles: [.auditor], at: now)
        }
        _ = try await hall.desk.setDisabled(first.person.name, true, at: now)
        await #expect(throws: PeopleError.self) { try await signIn(claims("s1", "ada", [.operator])) }
        #expect(await hall.desk.check(first.token, at: now) == nil)
    }
}
