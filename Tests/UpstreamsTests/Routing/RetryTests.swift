import Testing

@testable import Upstreams

@Suite("Trying again elsewhere")
struct RetryTests {
    @Test(
        "What a status says: whose fault, and whether another server may be asked",
        arguments: [
            (400, nil, AttemptVerdict.Case.own), (413, nil, .own), (422, nil, .own), (409, nil, .own), (415, nil, .own),
            (401, nil, .server), (403, nil, .server), (404, nil, .server), (302, nil, .server), (408, nil, .server),
            (500, nil, .server), (502, nil, .server), (503, nil, .server), (504, nil, .server), (529, nil, .server),
            (429, nil, .busy(1)), (429, 7, .busy(7)), (503, 2.5, .busy(2.5)), (529, 1e9, .busy(60)),
            (429, -1, .busy(1)), (429, .nan, .busy(1)), (503, .infinity, .server),
        ] as [(Int, Double?, AttemptVerdict.Case)])
    func statuses(_ status: Int, _ retryAfter: Double?, _ expected: AttemptVerdict.Case) {
        let verdict = AttemptVerdict(status: status, retryAfter: retryAfter)
        switch expected {
        case .own:
            #expect(verdict.outcome == .answered)
            #expect(!verdict.mayTryElsewhere)
        case .server:
            #expect(verdict == .serverFailed)
        case .busy(let seconds):
            #expect(verdict.outcome == .busy(Int64(seconds * 1e9)))
            #expect(verdict.mayTryElsewhere)
        }
    }

    @Test("A model's servers are tried as often as said, then the next model's, with a clean sheet")
    func course() {
        var course = RouteCourse(models: 2, attemptsPerModel: 2)
        course.begin(candidate: 3)
        #expect(course.mayTryHere)
        course.begin(candidate: 0)
        #expect(!course.mayTryHere)
        #expect(course.tried == 0b1001)
        #expect(course.fallBack() == true)
        #expect(course.model == 1)
        #expect(course.tried == 0)
        #expect(course.mayTryHere)
        course.begin(candidate: 200)
        #expect(course.tried == 0)
        #expect(course.attempts == 3)
        #expect(course.fallBack() == false)
        #expect(course.model == 1)
    }
}

extension AttemptVerdict {
    /// What a row of the table expects.
    enum Case: Sendable { case own, server, busy(Double) }
}
