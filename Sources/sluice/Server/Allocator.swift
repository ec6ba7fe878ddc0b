import CMimalloc

/// What hands out memory in place of the C library's `malloc`, by being linked before it.
///
/// Tens of thousands of streams come and go among what stays; the C library's allocator keeps the holes they leave.
enum Allocator {
    /// Its name and version, as `mimalloc 2.0.9`.
    static var name: String {
        let number = mi_version()
        return "mimalloc \(number / 100).\(number / 10 % 10).\(number % 10)"
    }
}
