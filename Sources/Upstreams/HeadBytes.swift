/// What heads of HTTP are made of (RFC 9110, 5.5), eight bytes at a time.
enum HeadBytes {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs = ones &* 0x80

    /// Whether none of eight bytes is a control character of ASCII; it may also say no of others behind one, never yes wrongly.
    @inline(__always)
    static func haveNoControl(_ eight: UInt64) -> Bool {
        let delete = eight ^ (ones &* 0x7F)
        let controls = ((eight &- (ones &* 0x20)) & ~eight) | ((delete &- ones) & ~delete)
        return controls & highs == 0
    }

    /// Whether all of eight bytes are printable ASCII.
    @inline(__always)
    static func arePrintable(_ eight: UInt64) -> Bool { eight & highs == 0 && haveNoControl(eight) }
}
