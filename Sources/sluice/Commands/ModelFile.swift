import Crypto
import Foundation
import Safeguards

/// Where the shipped model lies, and how a model is read from a file.
enum ModelFile {
    /// Used when no `--model` is given.
    static let standardPath = "Models/stage1.sluice"

    /// Reads, hashes and checks a model file.
    static func load(_ path: String) throws -> LinearModel {
        let path = path == standardPath ? ShippedFiles.classifier : path
        guard let data = bytes(path) else {
            throw CommandProblem("cannot read the classifier '\(path)'; name one with --model, or train one")
        }
        do {
            return try LinearModel(file: data, hash: Array(SHA256.hash(data: data)))
        } catch {
            throw CommandProblem("\(path): \(error)")
        }
    }

    /// A file's bytes in pages of their own: they go back to the system at once when read, where an allocator may keep them.
    private static func bytes(_ path: String) -> Data? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let size = Int(status.st_size)
        guard size > 0 else { return Data() }
        guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            start != MAP_FAILED
        else { return nil }
        let data = Data(bytesNoCopy: start, count: size, deallocator: .unmap)
        var count = 0
        while count < size {
            let read = read(descriptor, start + count, size - count)
            if read < 0, errno == EINTR { continue }
            guard read > 0 else { return nil }
            count += read
        }
        return data
    }
}

/// Something that ends a command, said in one sentence.
struct CommandProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
