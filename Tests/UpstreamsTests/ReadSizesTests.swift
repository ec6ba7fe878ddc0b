import NIOCore
import Testing

@testable import Upstreams

@Suite("Sizes of reads")
struct ReadSizesTests {
    /// The sizes that a channel asks for while reads bring so many bytes each.
    private func sizes(_ reads: [Int]) -> [Int] {
        var sizes = ReadSizes()
        return reads.map { bytes in
            let capacity = sizes.buffer(allocator: ByteBufferAllocator()).capacity
            let mayGrow = sizes.record(actualReadBytes: min(bytes, capacity))
            #expect(mayGrow)
            return capacity
        }
    }

    @Test("The first read is a short one, whatever it brings")
    func beginsSmall() {
        #expect(sizes([1, 1]) == [16, 2_048])
        #expect(sizes([5_000, 5_000]) == [16, 2_048])
    }

    @Test("A read that fills its buffer doubles the next, up to a limit")
    func grows() {
        #expect(
            sizes(Array(repeating: .max, count: 11)) == [
                16, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 262_144, 262_144, 262_144,
            ])
    }

    @Test("Two short reads in a row make the next as small as would have done, down to a limit")
    func shrinks() {
        #expect(sizes([1, 200, 200, 200, 10, 10]) == [16, 2_048, 2_048, 256, 256, 256])
        #expect(sizes([1, 10, 256, 10]) == [16, 2_048, 2_048, 256])
        #expect(sizes([1, 257, 10, 10, 10, 10]) == [16, 2_048, 2_048, 512, 512, 256])
        #expect(sizes([1, 1_024, 1_024, 1_024]) == [16, 2_048, 2_048, 1_024])
        #expect(sizes([1, 200, 2_000, 200, 2_000, 200]) == [16, 2_048, 2_048, 2_048, 2_048, 2_048])
        #expect(sizes([1, 200, 1_025, 200, 200, 200]) == [16, 2_048, 2_048, 2_048, 2_048, 256])
    }
}
