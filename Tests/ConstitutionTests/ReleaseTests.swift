import Crypto
import Testing

@testable import Constitution

@Suite("Releases")
struct ReleaseTests {
    @Test("The shipped constitution is valid and has the seven categories")
    func shipped() {
        let release = ConstitutionRelease.builtIn
        #expect(
            release.constitution.categories.map(\.id) == [
                "chemical", "biological", "nuclear_radiological", "conventional_weapons_military", "cyber",
                "model_extraction", "other_harm",
            ])
        #expect(release.signature == nil)
        #expect(release.hash == Array(SHA256.hash(data: ConstitutionRelease.builtInDocument)))
    }
}
